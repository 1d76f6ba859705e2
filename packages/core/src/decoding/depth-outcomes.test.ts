import { describe, expect, it } from 'vitest';
import { depthOutcomes } from './depth-outcomes.js';

const tree = {
  tokens: Int32Array.of(1, 2, 3, 4, 5),
  parents: Int32Array.of(-1, -1, 0, 1, 3),
  confidences: Float32Array.of(0.75, 0.5, 0.25, 0.125, 1),
};

describe('depthOutcomes', () => {
  it('gives the confidence of the nodes that were judged, of no others', () => {
    expect(depthOutcomes(tree, [1])).toEqual([
      { drafted: 2, accepted: true, confidence: 0.75 },
      { drafted: 2, accepted: false, confidence: 0.125 },
      { drafted: 1, accepted: false },
    ]);
    expect(depthOutcomes(tree, [])).toEqual([
      { drafted: 2, accepted: false, confidence: 0.75 },
      { drafted: 2, accepted: false },
      { drafted: 1, accepted: false },
    ]);
  });

  it('is empty for a standard round, and has no confidences when the drafter gave none', () => {
    expect(depthOutcomes(undefined, [])).toEqual([]);
    const { confidences: _, ...plain } = tree;
    expect(depthOutcomes(plain, [0, 2])).toEqual([
      { drafted: 2, accepted: true },
      { drafted: 2, accepted: true },
      { drafted: 1, accepted: false },
    ]);
  });
});
