import type { DraftPlan, RoundOutcome, RoundSituation } from '@foretoken/core';

/** A situation with one drafter "a" and room to guess. */
export function situation(changes: Partial<RoundSituation> = {}): RoundSituation {
  return { drafters: ['a'], contextLength: 10, remainingTokens: 1000, activeSequences: 1, ...changes };
}

/** The outcome of a chain of `drafted` tokens (all that was planned, unless told) of which `accepted` passed. */
export function roundWith(
  plan: DraftPlan,
  { accepted, drafted = depthOf(plan), forward = 1 }: { accepted: number; drafted?: number; forward?: number },
): RoundOutcome {
  return {
    plan,
    drafted,
    accepted,
    emitted: accepted + 1,
    tokens: [],
    perDepth: Array.from({ length: drafted }, (_, depth) => ({ drafted: 1, accepted: depth < accepted })),
    milliseconds: { draft: 0, forward, verify: 0 },
    activeSequences: 1,
    contextLength: 10,
  };
}

/** Tokens that a plan guesses ahead. */
export function depthOf(plan: DraftPlan): number {
  return plan.kind === 'speculate' ? plan.depth : 0;
}
