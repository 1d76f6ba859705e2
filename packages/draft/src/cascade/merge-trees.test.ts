import { type DraftTree, validateDraftTree } from '@foretoken/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeTrees } from './merge-trees.js';

/** Paths of a tree with their nodes' confidences. */
function pathsOf({ tokens, parents, confidences }: DraftTree): Map<string, number> {
  const names: string[] = [];
  for (const [node, token] of tokens.entries()) names.push(`${names[parents[node]!] ?? ''}/${token}`);
  return new Map(names.map((name, node) => [name, confidences?.[node] ?? 0]));
}

/** A trie of random paths, at most `width` children a node. */
const trees = (width: number) =>
  fc
    .array(fc.tuple(fc.nat(7), fc.nat(5), fc.integer({ min: 0, max: 8 })), { maxLength: 10 })
    .map((draws): DraftTree => {
      const tokens: number[] = [];
      const parents: number[] = [];
      const confidences: number[] = [];
      for (const [draw, token, eighths] of draws) {
        const parent = (draw % (tokens.length + 1)) - 1;
        const siblings = tokens.filter((_, node) => parents[node] === parent);
        if (siblings.includes(token) || siblings.length >= width) continue;
        tokens.push(token);
        parents.push(parent);
        confidences.push(eighths / 8);
      }
      return {
        tokens: Int32Array.from(tokens),
        parents: Int32Array.from(parents),
        confidences: Float32Array.from(confidences),
      };
    });

describe('mergeTrees', () => {
  it('is the union of both trees when the budget has room, with the greater confidence', () => {
    fc.assert(
      fc.property(trees(6), trees(6), (first, second) => {
        const budget = { depth: 99, width: 99, nodes: 99, minimumConfidence: 0 };
        const merged = mergeTrees(first, second, budget);
        validateDraftTree(merged, { vocabularySize: 6, budget });
        const expected = pathsOf(first);
        for (const [path, confidence] of pathsOf(second)) {
          expected.set(path, Math.max(confidence, expected.get(path) ?? 0));
        }
        expect(pathsOf(merged)).toEqual(expected);
        expect(merged.tokens).toHaveLength(expected.size);
      }),
      { numRuns: 500 },
    );
  });

  it('keeps the first tree in front and stays within nodes and width', () => {
    const bounds = fc.record({ width: fc.integer({ min: 1, max: 3 }), spare: fc.nat(6) });
    fc.assert(
      fc.property(
        bounds.chain(({ width, spare }) => fc.tuple(trees(width), trees(6), fc.constant({ width, spare }))),
        ([first, second, { width, spare }]) => {
          const nodes = first.tokens.length;
          const budget = { depth: 99, width, nodes: nodes + spare, minimumConfidence: 0 };
          const merged = mergeTrees(first, second, budget);
          validateDraftTree(merged, { vocabularySize: 6, budget });
          expect(merged.tokens.slice(0, nodes)).toEqual(first.tokens);
          expect(merged.parents.slice(0, nodes)).toEqual(first.parents);
          const known = new Set([...pathsOf(first).keys(), ...pathsOf(second).keys()]);
          for (const path of pathsOf(merged).keys()) expect(known).toContain(path);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('has no confidences when one tree has none', () => {
    const chain = { tokens: Int32Array.of(1), parents: Int32Array.of(-1) };
    const sure = { ...chain, confidences: Float32Array.of(0.5) };
    const budget = { depth: 1, width: 2, nodes: 2, minimumConfidence: 0 };
    expect(mergeTrees(chain, sure, budget).confidences).toBeUndefined();
    expect(mergeTrees(sure, chain, budget).confidences).toBeUndefined();
  });
});
