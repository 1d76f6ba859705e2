import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RoundView } from '../../engine/text-engine.js';
import { layOutTree } from './tree-layout.js';

const round = (tree: RoundView['tree'], tokens: readonly string[]): RoundView => ({
  index: 0,
  plan: { kind: 'speculate', drafter: 'cascade', depth: 4 },
  tree,
  tokens,
  milliseconds: { draft: 0, forward: 0, verify: 0 },
});

describe('layOutTree', () => {
  it('draws what was taken as a line along the top, and the rest below', () => {
    const view = round(
      [
        { text: 'x', parent: -1, accepted: false, confidence: 0.25 },
        { text: 'a', parent: -1, accepted: true },
        { text: 'y', parent: 0, accepted: false },
        { text: 'z', parent: 1, accepted: false },
      ],
      ['a', 'b'],
    );
    const { nodes, columns, rows } = layOutTree(view, 'root');
    expect(nodes.map(({ text, kind, column, row, parent }) => [text, kind, column, row, parent])).toEqual([
      ['root', 'root', 0, 0, undefined],
      ['a', 'accepted', 1, 0, 0],
      ['b', 'own', 2, 0, 1],
      ['z', 'rejected', 2, 1, 1],
      ['x', 'rejected', 1, 2, 0],
      ['y', 'unreached', 2, 2, 4],
    ]);
    expect([columns, rows]).toEqual([3, 3]);
    expect(nodes[4]?.confidence).toBe(0.25);
  });

  it('shows a standard round as the model’s own token alone', () => {
    const { nodes } = layOutTree(round([], ['b']), 'root');
    expect(nodes.map(({ kind }) => kind)).toEqual(['root', 'own']);
  });

  it('has no token of the model’s own where the answer ended in a guess', () => {
    const { nodes } = layOutTree(round([{ text: 'a', parent: -1, accepted: true }], ['a']), 'root');
    expect(nodes.map(({ kind }) => kind)).toEqual(['root', 'accepted']);
  });

  it('gives every node of any tree a place of its own, right of its parent', () => {
    const trees = fc
      .array(fc.nat(100), { maxLength: 40 })
      .map((seeds) =>
        seeds.map((seed, index) => ({ text: String(index), parent: (seed % (index + 1)) - 1, accepted: false })),
      );
    fc.assert(
      fc.property(trees, (tree) => {
        const { nodes, columns, rows } = layOutTree(round(tree, ['own']), 'root');
        expect(nodes).toHaveLength(tree.length + 2);
        expect(new Set(nodes.map(({ column, row }) => `${column} ${row}`)).size).toBe(nodes.length);
        for (const { parent, column, row } of nodes) {
          expect(column).toBeLessThan(columns);
          expect(row).toBeLessThan(rows);
          if (parent === undefined) continue;
          expect(nodes[parent]?.column).toBe(column - 1);
          expect(nodes[parent]?.row).toBeLessThanOrEqual(row);
        }
      }),
    );
  });
});
