import { type DraftForecast, type RoundForecast, rateOf } from './estimate/drafter-estimate.js';

/** A draft that may be planned, with what to expect of it. */
export interface Candidate extends DraftForecast {
  readonly drafter: string;
  readonly width: number;
}

/** A draft without what was expected of it: what stays while it is in use. */
export type Draft = Pick<Candidate, 'drafter' | 'width' | 'depth' | 'minimumConfidence'>;

/** The choice before a round. Rates in tokens per millisecond. */
export interface Choice {
  readonly candidates: readonly Candidate[];
  /** Rate of standard decoding. */
  readonly standard: number;
  /** What is to be as high as possible. @default tokens per millisecond */
  readonly rate?: (forecast: RoundForecast) => number;
  /** What is in use; `undefined` for standard decoding. */
  readonly present: Draft | undefined;
  /** Rounds since the last change. */
  readonly rounds: number;
}

/** How eagerly to move. */
export interface Calmness {
  /** Rounds between two changes. */
  readonly dwell: number;
  /** Gain that a change must bring, as a share. */
  readonly hysteresis: number;
}

/** What to do about the plan in use. */
export type Decision =
  | { readonly kind: 'stay' }
  | {
      readonly kind: 'move';
      readonly to: Draft | undefined;
      /** Whether what was in use stopped paying. */
      readonly contentChanged: boolean;
    };

/** A draft that can't lose more than this share of the speed, however bad its guesses, is asked in place of nobody. */
const HARMLESS = 0.01;
/** Standard decoding is returned to for less gain than a draft needs to be taken up: staying would be a loss. */
const STANDARD_HYSTERESIS = 0.01;
/** What is this much slower than standard is left without waiting for the dwell, after a few rounds. */
const URGENT = 0.97;
const URGENT_DWELL = 3;
/** A gain this large is taken after fewer rounds than the dwell. */
const LARGE_GAIN = 0.25;
const LARGE_GAIN_DWELL = 5;

/** Moves to the draft with the highest rate, or back to standard decoding, when the gain is worth a change. */
export function decide(choice: Choice, { dwell, hysteresis }: Calmness): Decision {
  const { candidates, standard, present, rounds, rate: value = rateOf } = choice;
  const isHarmless = ({ milliseconds }: RoundForecast): boolean =>
    value({ tokens: 1, milliseconds }) >= standard * (1 - HARMLESS);
  const best = fastest(candidates, value);
  const harmless = fastest(candidates.filter(isHarmless), value);
  const bestRate = best === undefined ? 0 : value(best);
  if (present === undefined) {
    if (rounds < dwell && !(bestRate > standard * (1 + LARGE_GAIN) && rounds >= LARGE_GAIN_DWELL)) return STAY;
    const to = bestRate > standard * (1 + hysteresis) ? best : harmless;
    return to === undefined ? STAY : { kind: 'move', to, contentChanged: false };
  }
  const inUse = candidates.find((candidate) => same(candidate, present));
  if (inUse === undefined) {
    return { kind: 'move', to: bestRate > standard * (1 + hysteresis) ? best : harmless, contentChanged: false };
  }
  const rate = value(inUse);
  const urgent = rate < URGENT * standard && rounds >= URGENT_DWELL;
  const large = bestRate > rate * (1 + LARGE_GAIN) && rounds >= LARGE_GAIN_DWELL;
  if (rounds < dwell && !urgent && !large) return STAY;
  const better = bestRate > rate * (1 + hysteresis);
  if (better && bestRate > standard) return moveTo(best, present, urgent);
  const harmlessRate = harmless === undefined ? 0 : value(harmless);
  const stopsPaying = Math.max(standard, harmlessRate) > rate * (1 + STANDARD_HYSTERESIS);
  return stopsPaying && !isHarmless(inUse) ? moveTo(harmless, present, true) : STAY;
}

/** Whether two drafts are the same. */
export function same(one: Draft, other: Draft): boolean {
  return (
    one.drafter === other.drafter &&
    one.width === other.width &&
    one.depth === other.depth &&
    one.minimumConfidence === other.minimumConfidence
  );
}

const STAY: Decision = { kind: 'stay' };

function moveTo(to: Candidate | undefined, present: Draft, contentChanged: boolean): Decision {
  return to !== undefined && same(to, present) ? STAY : { kind: 'move', to, contentChanged };
}

function fastest(candidates: readonly Candidate[], value: (forecast: RoundForecast) => number): Candidate | undefined {
  let [best, most] = [undefined as Candidate | undefined, Number.NEGATIVE_INFINITY];
  for (const candidate of candidates) {
    const reached = value(candidate);
    if (best === undefined || reached > most) [best, most] = [candidate, reached];
  }
  return best;
}
