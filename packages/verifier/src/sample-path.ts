import type { TokenId, Verdict, VerificationInput } from '@foretoken/core';
import { drawFrom, normalised, residual } from './distribution.js';
import { checkProposalCount, draftDistribution } from './draft-distribution.js';
import { exactMatch } from './exact-match.js';
import { walkTree } from './walk-tree.js';

const greedy = exactMatch();

/**
 * Speculative sampling at each node of a tree, siblings in the order of their numbers. A guess x, drawn from q, is
 * accepted with probability min(1, p(x) / q(x)); after a rejection p becomes norm(max(0, p − q)) for the next sibling,
 * and what is left in the end is where the node's own token is drawn from.
 */
export function samplePath(input: VerificationInput): Verdict {
  const { tree, scores, sampler } = input;
  checkProposalCount(tree);
  // With all of p on one token both tests come to the same, and no row need leave the device.
  if (sampler.needs === 'argmax') return greedy.verify(input);
  return walkTree(input, (node, children) => {
    let target = normalised(sampler.distribution(scores.row(node + 1)));
    const taken: number[] = [];
    for (const child of children) {
      if (tree === undefined) break;
      const token = tree.tokens[child] ?? -1;
      const draft = draftDistribution({ tree, node: child, taken, vocabularySize: target.length });
      if (sampler.random() * (draft[token] ?? 1) < (target[token] ?? 0)) return { child };
      const rest = residual(target, draft);
      if (rest === undefined) return { child };
      target = rest;
      taken.push(token);
    }
    return { token: drawFrom(target, sampler.random()) as TokenId };
  });
}
