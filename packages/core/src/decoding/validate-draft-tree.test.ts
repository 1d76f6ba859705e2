import { type DraftTree, InvalidDraftTreeError, validateDraftTree } from '@foretoken/core';
import { describe, expect, it } from 'vitest';

const limits = { vocabularySize: 10, budget: { depth: 2, width: 2, nodes: 4, minimumConfidence: 0 } };
const tree = (tokens: number[], parents: number[], more: Partial<DraftTree> = {}): DraftTree => ({
  tokens: Int32Array.from(tokens),
  parents: Int32Array.from(parents),
  ...more,
});

describe('validateDraftTree', () => {
  it('accepts a tree that fills its budget', () => {
    const confidences = Float32Array.of(1, 0, 0.5, 0.25);
    expect(() => validateDraftTree(tree([1, 2, 3, 9], [-1, -1, 0, 0], { confidences }), limits)).not.toThrow();
  });

  it.each<[string, DraftTree]>([
    ['parents', tree([1, 2], [-1])],
    ['confidences', tree([1], [-1], { confidences: new Float32Array(2) })],
    ['proposals', tree([1], [-1], { proposals: [] })],
    ['nodes, more', tree([1, 2, 3, 4, 5], [-1, -1, 0, 0, 1])],
    ['outside the vocabulary', tree([10], [-1])],
    ['outside the vocabulary', tree([-1], [-1])],
    ['the parent 0', tree([1], [0])],
    ['the parent -2', tree([1], [-2])],
    ['the confidence', tree([1], [-1], { confidences: Float32Array.of(Number.NaN) })],
    ['deeper', tree([1, 2, 3], [-1, 0, 1])],
    ['more children', tree([1, 2, 3], [-1, -1, -1])],
  ])('refuses: %s', (message, wrong) => {
    expect(() => validateDraftTree(wrong, limits)).toThrow(InvalidDraftTreeError);
    expect(() => validateDraftTree(wrong, limits)).toThrow(message);
  });
});
