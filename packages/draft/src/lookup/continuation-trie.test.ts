import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ContinuationNode, continuationTrie } from './continuation-trie.js';
import { agreementOf, MatchConfidence } from './match-confidence.js';
import { SuffixIndex } from './suffix-index.js';

const confidence = new MatchConfidence();

function flatten(node: ContinuationNode, path = ''): [string, number][] {
  return node.children.flatMap((child): [string, number][] => {
    const own = `${path}/${child.token}`;
    return [[own, child.confidence], ...flatten(child, own)];
  });
}

/** Lists whole continuations and counts, for each node anew, which of them go its way. */
function twin(text: readonly number[], minimum: number, limits: { depth: number; candidates: number }) {
  const index = new SuffixIndex(4, 0);
  for (const token of text) index.append(token);
  const occurrences = index.occurrences(minimum, 8, true).map(({ position, gram }) => {
    const copied = [...text];
    for (let i = 0; i < limits.depth; i++) copied.push(copied[position + i]!);
    let matched = 0;
    while (matched < position && text[position - 1 - matched] === text[text.length - 1 - matched]) matched++;
    return { path: copied.slice(text.length).map((token) => `/${token}`), matched, gram };
  });
  const voices = (path: string) =>
    occurrences.filter(
      (other) => other.gram === occurrences[0]!.gram && `${other.path.join('')}/`.startsWith(`${path}/`),
    ).length;
  const matches = new Map<string, number>();
  const firstSeen = new Set<string>();
  for (const { path, matched } of occurrences) {
    const whole = path.join('');
    if (matches.has(whole) || firstSeen.size >= limits.candidates) continue;
    firstSeen.add(whole);
    for (let i = 1; i <= path.length; i++) {
      const node = path.slice(0, i).join('');
      if (!matches.has(node)) matches.set(node, matched + i - 1);
    }
  }
  const nodes = [...matches.keys()];
  const parentOf = (path: string) => path.slice(0, path.lastIndexOf('/'));
  return nodes.map((path): [string, number] => {
    const siblings = nodes.filter((other) => parentOf(other) === parentOf(path));
    const all =
      parentOf(path) === ''
        ? occurrences.filter(({ gram }) => gram === occurrences[0]!.gram).length
        : voices(parentOf(path));
    const newest = siblings[0]!;
    let left = 1;
    let share = confidence.newest(matches.get(newest)!, agreementOf(voices(newest), all));
    for (let rank = 1; rank <= siblings.indexOf(path); rank++) {
      left -= share;
      share = left * confidence.runnerUp(rank);
    }
    return [path, share];
  });
}

describe('continuationTrie', () => {
  it('holds the continuations that listing them gives, and weighs each by its match, its voices and its elders', () => {
    const text = fc.array(fc.nat(2), { minLength: 2, maxLength: 50 });
    const limits = fc.record({ depth: fc.integer({ min: 1, max: 5 }), candidates: fc.integer({ min: 1, max: 4 }) });
    fc.assert(
      fc.property(text, limits, fc.integer({ min: 1, max: 3 }), (tokens, limit, minimum) => {
        const index = new SuffixIndex(4, 0);
        for (const token of tokens) index.append(token);
        const occurrences = index.occurrences(minimum, 8, true);
        const trie = continuationTrie(index, occurrences, { ...limit, longestMatch: 1000 }, confidence);
        const rounded = (nodes: [string, number][]) =>
          Object.fromEntries(nodes.map(([path, share]) => [path, share.toFixed(9)]));
        expect(rounded(flatten(trie))).toEqual(rounded(occurrences.length > 0 ? twin(tokens, minimum, limit) : []));
      }),
      { numRuns: 500 },
    );
  });
});
