import type { DepthOutcome, DraftPlan, RoundOutcome } from '@foretoken/core';
import type { SimulatedText } from './simulate.js';

/** What became of a round's guesses. */
export type Judged = Pick<RoundOutcome, 'perDepth' | 'drafted' | 'accepted'>;

const NOTHING: Judged = { perDepth: [], drafted: 0, accepted: 0 };

/** A tree with `width` guesses at each depth, the next hanging off the right one, or off the first when none is. */
export function judgeDraft(plan: DraftPlan, guesses: SimulatedText, position: number): Judged {
  const text = plan.kind === 'speculate' ? guesses.get(plan.drafter) : undefined;
  if (plan.kind === 'standard' || text?.[position]?.found !== true) return NOTHING;
  const perDepth: DepthOutcome[] = [];
  let [drafted, accepted, path] = [0, 0, 1];
  for (let depth = 0; depth < plan.depth; depth++) {
    const guess = text[position + depth];
    if (guess === undefined || drafted + plan.width > plan.nodes) break;
    path *= guess.confidence ?? 1;
    if (path < plan.minimumConfidence) break;
    const judged = accepted === depth;
    const right = judged && guess.rank < plan.width;
    const confidence = judged ? guess.confidence : undefined;
    perDepth.push({ drafted: plan.width, accepted: right, ...(confidence === undefined ? {} : { confidence }) });
    drafted += plan.width;
    if (right) accepted++;
  }
  return { perDepth, drafted, accepted };
}
