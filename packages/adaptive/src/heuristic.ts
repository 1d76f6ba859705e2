import type { DirectController } from '@foretoken/core';
import { InvalidArgumentError } from '@foretoken/core/errors';
import { fixed } from './fixed.js';
import { requireDrafterName, requireIntegers } from './option-checks.js';

/** How the heuristic starts and moves. */
export interface HeuristicOptions {
  /** Name of the drafter to ask each round. */
  readonly drafter: string;
  /** Depth of the first round, in tokens. Integer >= 1. @default 5 */
  readonly initialDepth?: number;
  /** Greatest depth, in tokens. Integer >= `initialDepth`. @default 20 */
  readonly maximumDepth?: number;
  /** Tokens added after a round that accepted the whole planned depth. Integer >= 1. @default 2 */
  readonly increase?: number;
  /** Tokens taken away after a round with a rejection. Integer >= 1. @default 1 */
  readonly decrease?: number;
}

/**
 * Two tokens deeper after a round that accepted everything, one less deep after a rejection, never below 1: the
 * "heuristic" schedule of `num_assistant_tokens` in Hugging Face transformers (`AssistedCandidateGenerator`). Unlike
 * there, a round whose draft was shorter than planned and fully accepted (or empty) does not change the depth.
 *
 * Throws `InvalidArgumentError` for options out of range, and from `plan` when the drafter is not available.
 */
export function heuristic(options: HeuristicOptions): DirectController {
  const { drafter, initialDepth = 5, maximumDepth = 20, increase = 2, decrease = 1 } = options;
  requireDrafterName(drafter);
  requireIntegers({ initialDepth, maximumDepth, increase, decrease });
  if (maximumDepth < initialDepth) {
    throw new InvalidArgumentError(`maximumDepth must be >= initialDepth (${initialDepth}), but is ${maximumDepth}.`, {
      initialDepth,
      maximumDepth,
    });
  }
  let depth = initialDepth;
  return {
    name: 'heuristic',
    plan: (situation) => {
      // A plan that the end of the text shortens asks for fewer nodes as well.
      const useful = Math.max(1, Math.min(depth, situation.remainingTokens - 1));
      return fixed({ drafter, depth: useful }).plan(situation);
    },
    observe: ({ plan, drafted, accepted, perDepth }) => {
      if (plan.kind === 'standard' || drafted === 0) return;
      if (accepted < perDepth.length) depth = Math.max(1, depth - decrease);
      else if (accepted >= plan.depth) depth = Math.min(maximumDepth, depth + increase);
    },
  };
}
