import type { DraftPlan } from '../contracts/draft-controller.js';
import { InvalidArgumentError } from '../errors.js';

/** How much a round can use at most. */
export interface PlanLimits {
  /** Tokens that may still be emitted. */
  readonly remainingTokens: number;
  /** Tokens that the sequence's KV cache still holds. */
  readonly freePositions: number;
}

/**
 * Shortens a plan to what the round can use: a round emits one token more than it accepts, so `remainingTokens - 1`
 * guesses are enough, and the round's root takes one position. Standard when nothing is left to guess. Throws
 * `InvalidArgumentError` for an invalid budget, which is an error in the controller.
 */
export function fitPlan(plan: DraftPlan, { remainingTokens, freePositions }: PlanLimits): DraftPlan {
  if (plan.kind === 'standard') return plan;
  for (const option of ['depth', 'width', 'nodes'] as const) {
    const value = plan[option];
    if (!Number.isInteger(value) || value < 0) {
      throw new InvalidArgumentError(`The controller planned ${option} ${value}; it must be an integer >= 0.`, {
        plan,
      });
    }
  }
  const depth = Math.min(plan.depth, remainingTokens - 1);
  const nodes = Math.min(plan.nodes, freePositions - 1);
  return depth < 1 || nodes < 1 || plan.width < 1 ? { kind: 'standard' } : { ...plan, depth, nodes };
}
