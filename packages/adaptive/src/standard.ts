import type { DirectController } from '@foretoken/core';

/**
 * Never speculates: every round is one token by the target alone. The baseline of every comparison, and the way to
 * run the same loop without guesses.
 *
 * @example
 * ```ts
 * import { standard } from '@foretoken/adaptive';
 *
 * const plan = standard().plan({ drafters: [], contextLength: 9, remainingTokens: 100, activeSequences: 1 });
 * console.log(plan.kind); // 'standard'
 * ```
 */
export function standard(): DirectController {
  return { name: 'standard', plan: () => ({ kind: 'standard', reason: 'switched-off' }), observe: () => {} };
}
