import type { DirectController } from '@foretoken/core';
import { InvalidArgumentError } from '@foretoken/core/errors';
import { fixed } from './fixed.js';
import { requireDrafterName, requireFractions, requireIntegers } from './option-checks.js';

/** How the exponential average follows acceptance and when it moves. */
export interface ExponentialAverageOptions {
  /** Name of the drafter to ask each round. */
  readonly drafter: string;
  /** Depths to choose from, in tokens, ascending. Integers >= 1. @default [1, 3, 7] */
  readonly depths?: readonly number[];
  /** Weight of the newest round in the average, in (0, 1]. @default 0.2 */
  readonly smoothing?: number;
  /** Rounds between two moves. Integer >= 1. @default 5 */
  readonly dwell?: number;
  /** Accepted tokens by which the average must clear a threshold before moving. >= 0. @default 0.25 */
  readonly hysteresis?: number;
  /** Most rounds to wait before trying again a depth that had to be left at once. Integer >= `dwell`. @default 160 */
  readonly maximumBackoff?: number;
}

/**
 * Follows an exponential average of accepted tokens per round over a short list of depths, as the adaptive speculation
 * of SGLang does (`AdaptiveSpeculativeParams`): one step deeper when the average nearly fills the present depth, one
 * step back when the depth below would hold it. Hysteresis and a minimum number of rounds between steps prevent
 * oscillation; if a step deeper has to be undone at the first opportunity, the wait before the next attempt is doubled.
 * It never turns speculation off.
 *
 * Throws `InvalidArgumentError` for options out of range, and from `plan` when the drafter is not at hand.
 */
export function exponentialAverage(options: ExponentialAverageOptions): DirectController {
  const { drafter, depths = [1, 3, 7], smoothing = 0.2, dwell = 5, hysteresis = 0.25, maximumBackoff = 160 } = options;
  requireDrafterName(drafter);
  requireIntegers({ dwell });
  requireIntegers({ maximumBackoff }, dwell);
  requireFractions({ smoothing });
  if (smoothing === 0) throw new InvalidArgumentError('smoothing must be > 0, but is 0: nothing would be learned.');
  if (!(hysteresis >= 0 && hysteresis < Number.POSITIVE_INFINITY)) {
    throw new InvalidArgumentError(`hysteresis must be a finite number >= 0, but is ${hysteresis}.`, { hysteresis });
  }
  const ascending = depths.every((depth, index) => Number.isInteger(depth) && depth > (depths[index - 1] ?? 0));
  if (depths.length === 0 || !ascending) {
    throw new InvalidArgumentError(`depths must be ascending integers >= 1, but are [${depths.join(', ')}].`, {
      depths,
    });
  }
  let step = Math.floor((depths.length - 1) / 2);
  let average = depths[step] ?? 1;
  let rounds = 0;
  let upshiftAllowedIn = 0;
  let backoff = dwell;
  let arrivedFromBelow = false;

  const move = (): void => {
    const depth = depths[step] ?? 1;
    const below = depths[step - 1];
    if (below !== undefined && average < below - hysteresis) {
      // Taken back at the first chance: the step up was a mistake, so the next one waits longer.
      backoff = arrivedFromBelow ? Math.min(maximumBackoff, backoff * 2) : dwell;
      upshiftAllowedIn = backoff;
      arrivedFromBelow = false;
      step--;
      rounds = 0;
    } else if (step + 1 < depths.length && average > depth - 0.5 + hysteresis / 2 && upshiftAllowedIn === 0) {
      arrivedFromBelow = true;
      step++;
      rounds = 0;
    } else {
      if (arrivedFromBelow) backoff = dwell;
      arrivedFromBelow = false;
    }
  };

  return {
    name: 'exponentialAverage',
    plan: (situation) => {
      // A plan that the end of the text shortens asks for fewer nodes as well.
      const useful = Math.max(1, Math.min(depths[step] ?? 1, situation.remainingTokens - 1));
      return fixed({ drafter, depth: useful }).plan(situation);
    },
    observe: ({ plan, drafted, accepted }) => {
      if (plan.kind === 'standard' || drafted === 0) return;
      average += smoothing * (accepted - average);
      rounds++;
      upshiftAllowedIn = Math.max(0, upshiftAllowedIn - 1);
      if (rounds >= dwell && rounds % dwell === 0) move();
    },
  };
}
