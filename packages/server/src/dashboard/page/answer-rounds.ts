import type { RoundView } from '../../engine/text-engine.js';

export interface AnswerRound {
  readonly view: RoundView;
  /** Text of the token that the guesses hung off; `undefined` when that is the prompt's last. */
  readonly root: string | undefined;
}

/** Accepted guesses of a round. */
export function acceptedOf({ tree }: RoundView): number {
  return tree.filter(({ accepted }) => accepted).length;
}

/** Longest run of guesses of a round. */
export function depthOf({ tree }: RoundView): number {
  const depths: number[] = [];
  for (const { parent } of tree) depths.push(parent < 0 ? 1 : (depths[parent] ?? 0) + 1);
  return depths.reduce((most, depth) => Math.max(most, depth), 0);
}
