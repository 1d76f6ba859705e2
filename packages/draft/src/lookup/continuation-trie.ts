import { agreementOf, type MatchConfidence } from './match-confidence.js';
import type { Occurrence, SuffixIndex } from './suffix-index.js';

/** Guesses that share their first tokens share nodes. */
export interface ContinuationNode {
  readonly token: number;
  /** Probability that it is accepted, given that its parent was. */
  confidence: number;
  /** Length of the match that brought it, with the guesses on the way to it. In tokens. */
  readonly matched: number;
  /** Occurrences of the longest n-gram that go this way. */
  support: number;
  /** In order of their occurrences. */
  readonly children: ContinuationNode[];
}

/** How far continuations are followed. */
export interface TrieLimits {
  readonly depth: number;
  /** Most different continuations. */
  readonly candidates: number;
  /** Matches are told apart up to this length, in tokens. */
  readonly longestMatch: number;
}

/** The continuations behind some occurrences as a trie; its root stands for the end of the text. */
export function continuationTrie(
  text: SuffixIndex,
  occurrences: readonly Occurrence[],
  limits: TrieLimits,
  confidence: MatchConfidence,
): ContinuationNode {
  const root = { token: -1, confidence: 1, matched: 0, support: 0, children: [] };
  const longest = occurrences[0]?.gram;
  let different = 0;
  for (const { position, gram } of occurrences) {
    const voice = gram === longest ? 1 : 0;
    const matched = different < limits.candidates ? text.matched(position, limits.longestMatch) : 0;
    const path: number[] = [];
    let node: ContinuationNode = root;
    let isNew = false;
    node.support += voice;
    for (let i = 0; i < limits.depth; i++) {
      const source = position + i;
      // A continuation that runs into the end of the text goes on with its own guesses.
      const token = source < text.length ? text.at(source) : (path[source - text.length] ?? 0);
      path.push(token);
      let child = node.children.find((other) => other.token === token);
      if (child === undefined) {
        if (!isNew && different >= limits.candidates) break;
        isNew = true;
        child = { token, confidence: 0, matched: matched + i, support: 0, children: [] };
        node.children.push(child);
      }
      child.support += voice;
      node = child;
    }
    if (isNew) different++;
  }
  weigh(root, confidence);
  return root;
}

/** Gives every node below this one its confidence: siblings share what the ones before them left over. */
function weigh(root: ContinuationNode, confidence: MatchConfidence): void {
  const waiting = [root];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    let left = 1;
    for (const [rank, child] of node.children.entries()) {
      const right =
        rank === 0
          ? confidence.newest(child.matched, agreementOf(child.support, node.support))
          : confidence.runnerUp(rank);
      child.confidence = left * right;
      left -= child.confidence;
      waiting.push(child);
    }
  }
}
