import type { DrafterEstimates } from './estimate/drafter-estimates.js';
import type { Candidate, Draft } from './plan-search.js';
import type { RoundPrice } from './round-price.js';

/** A draft to be looked at, `undefined` for standard decoding. `key` names what is learned by it. */
export interface Look {
  readonly key: string;
  readonly draft: Draft | undefined;
}

/** Acceptance that would have to be possible for a look to be worth it, and the depth of a look. */
const HOPED_ACCEPTANCE = 0.8;
const LOOK_DEPTH = 2;

/** A short draft by each drafter and width out of use that would be better than `wanted` if it guessed well. */
export function otherDrafters(
  candidates: readonly Candidate[],
  {
    present,
    price,
    wanted,
    drafters,
  }: {
    readonly present: Draft | undefined;
    readonly price: RoundPrice;
    readonly wanted: number;
    readonly drafters: DrafterEstimates;
  },
): Look[] {
  const seen = new Map<string, Look>();
  for (const { drafter, width } of candidates) {
    const key = `${width}:${drafter}`;
    const inUse = drafter === present?.drafter && width === present.width;
    if (inUse || seen.has(key)) continue;
    const own = candidates.filter((candidate) => candidate.drafter === drafter && candidate.width === width);
    const depths = [...new Set(own.map(({ depth }) => depth))];
    const hoped = drafters.of(drafter, width).forecasts(depths, price, HOPED_ACCEPTANCE);
    const short = own.filter(({ depth }) => depth <= LOOK_DEPTH).at(-1) ?? own[0];
    if (short === undefined || !hoped.some((forecast) => price.rate(forecast) > wanted)) continue;
    const minimumConfidence = own[0]?.minimumConfidence ?? 0;
    seen.set(key, { key, draft: { drafter, width, depth: short.depth, minimumConfidence } });
  }
  return [...seen.values()];
}

/**
 * What is never learned of the draft in use: how fast the target is without it, what one more step of depth would
 * bring, and what the guesses below its least confidence are worth.
 */
export function neighbours(
  candidates: readonly Candidate[],
  { present, knowsStandard }: { readonly present: Draft | undefined; readonly knowsStandard: boolean },
): Look[] {
  if (present === undefined) return [];
  const own = candidates.filter(({ drafter, width }) => drafter === present.drafter && width === present.width);
  const deeper = own.find(
    ({ depth, minimumConfidence }) => depth > present.depth && minimumConfidence === present.minimumConfidence,
  );
  // Half as sure, so that a minimum that was set too high by chance is left in a few looks.
  const lessSure = own
    .filter(({ depth, minimumConfidence }) => depth === present.depth && minimumConfidence < present.minimumConfidence)
    .filter(({ minimumConfidence }, index) => index === 0 || minimumConfidence <= present.minimumConfidence / 2)
    .at(-1);
  return [
    ...(knowsStandard ? [] : [{ key: 'standard', draft: undefined }]),
    ...(deeper === undefined ? [] : [{ key: 'deeper', draft: draftOf(deeper) }]),
    ...(lessSure === undefined ? [] : [{ key: 'less sure', draft: draftOf(lessSure) }]),
  ];
}

function draftOf({ drafter, width, depth, minimumConfidence }: Draft): Draft {
  return { drafter, width, depth, minimumConfidence };
}
