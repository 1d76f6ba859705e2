import type { DirectController, DraftPlan } from '@foretoken/core';
import { requireDrafter, requireDrafterName, requireFractions, requireIntegers } from './option-checks.js';

/** What a fixed controller plans each round. */
export interface FixedOptions {
  /** Name of the drafter to ask each round. */
  readonly drafter: string;
  /** Longest path to guess, in tokens. Integer >= 1. */
  readonly depth: number;
  /** Most children of any node. Integer >= 1. @default 1 */
  readonly width?: number;
  /** Most nodes of the tree. Integer >= 1. @default depth x width */
  readonly nodes?: number;
  /** Don't guess nodes less likely to be accepted than this. In [0, 1]. @default 0 */
  readonly minimumConfidence?: number;
}

/**
 * Plans the same speculation every round and learns nothing. Useful when the workload is known, and as the baseline
 * that a learning controller must beat. It shortens its plan only to the number of tokens that may still be generated.
 *
 * Throws `InvalidArgumentError` for options out of range, and from `plan` when the drafter is not available.
 *
 * @example
 * ```ts
 * import { fixed } from '@foretoken/adaptive';
 *
 * const controller = fixed({ drafter: 'lookup', depth: 4 });
 * const plan = controller.plan({ drafters: ['lookup'], contextLength: 9, remainingTokens: 100, activeSequences: 1 });
 * console.log(plan.kind); // 'speculate'
 * ```
 */
export function fixed(options: FixedOptions): DirectController {
  const { drafter, depth, width = 1, nodes = depth * width, minimumConfidence = 0 } = options;
  requireDrafterName(drafter);
  requireIntegers({ depth, width, nodes });
  requireFractions({ minimumConfidence });
  return {
    name: 'fixed',
    plan: ({ drafters, remainingTokens }): DraftPlan => {
      requireDrafter(drafter, drafters);
      // A round emits one token more than it accepts, so the last remaining token needs no guess.
      const useful = Math.min(depth, remainingTokens - 1);
      if (useful < 1) return { kind: 'standard' };
      return { kind: 'speculate', drafter, depth: useful, width, nodes, minimumConfidence };
    },
    observe: () => {},
  };
}
