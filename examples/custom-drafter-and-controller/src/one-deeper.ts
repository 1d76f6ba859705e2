import type { DraftController } from '@foretoken/core';

/** Guesses one token further than the last guesses were right. */
export function oneDeeper(drafter: string): DraftController {
  let depth = 2;
  return {
    name: 'one-deeper',
    plan: () => ({ kind: 'speculate', drafter, depth, width: 1, nodes: depth, minimumConfidence: 0 }),
    observe({ drafted, accepted }) {
      if (drafted > 0) depth = Math.min(accepted + 1, 8);
    },
  };
}
