import type { DraftProposal, DraftTree } from '@foretoken/core';
import { normalised } from './distribution.js';
import { InvalidProposalError } from './errors.js';

/** Room for the rounding of a softmax in single or half precision. */
const SUM_TOLERANCE = 1e-3;

/** A node of a tree, and what its token was drawn without. */
export interface DrawnNode {
  readonly tree: DraftTree;
  readonly node: number;
  /** Tokens of earlier siblings: drawn without replacement, so not there any more. */
  readonly taken: readonly number[];
  readonly vocabularySize: number;
}

/**
 * What the node's token was drawn from: its proposal without `taken`, renormalised; without proposals all of the
 * probability lies on the token. Shape [vocabularySize]. Throws `InvalidProposalError`.
 */
export function draftDistribution({ tree, node, taken, vocabularySize }: DrawnNode): Float64Array {
  const token = tree.tokens[node] ?? -1;
  if (tree.proposals === undefined) {
    const certain = new Float64Array(vocabularySize);
    certain[token] = 1;
    return certain;
  }
  const weights = weightsOf(tree.proposals[node], node, vocabularySize);
  if (taken.includes(token)) {
    throw new InvalidProposalError(
      `Nodes ${node} and an earlier sibling both carry token ${token}. Siblings with proposals must be drawn without replacement.`,
      { node, token },
    );
  }
  if (!((weights[token] ?? 0) > 0)) {
    throw new InvalidProposalError(
      `Node ${node} carries token ${token}, which has probability 0 in its proposal. Give the distribution that the token was sampled from.`,
      { node, token },
    );
  }
  for (const other of taken) weights[other] = 0;
  return normalised(weights);
}

/** Throws `InvalidProposalError` unless there is one proposal a node. */
export function checkProposalCount(tree: DraftTree | undefined): void {
  if (tree?.proposals === undefined || tree.proposals.length === tree.tokens.length) return;
  const [proposals, nodes] = [tree.proposals.length, tree.tokens.length];
  throw new InvalidProposalError(
    `The draft tree has ${proposals} proposals for ${nodes} nodes. Give one a node, or leave them out when nothing was sampled.`,
    { proposals, nodes },
  );
}

function weightsOf(proposal: DraftProposal | undefined, node: number, vocabularySize: number): Float64Array {
  if (proposal === undefined) throw new InvalidProposalError(`Node ${node} has no proposal.`, { node });
  const { probabilities } = proposal;
  const expected = proposal.kind === 'full' ? vocabularySize : proposal.tokens.length;
  if (probabilities.length !== expected) {
    throw new InvalidProposalError(
      `The proposal of node ${node} has ${probabilities.length} probabilities, but must have ${expected}: one a token ${proposal.kind === 'full' ? 'of the vocabulary' : 'that it lists'}.`,
      { node, length: probabilities.length, expected },
    );
  }
  const weights = new Float64Array(vocabularySize);
  const listed = new Set<number>();
  let sum = 0;
  for (const [i, probability] of probabilities.entries()) {
    const token = proposal.kind === 'full' ? i : (proposal.tokens[i] ?? -1);
    if (!(probability >= 0)) {
      throw new InvalidProposalError(
        `The proposal of node ${node} gives token ${token} the probability ${probability}, which must be >= 0.`,
        { node, token, probability },
      );
    }
    if (proposal.kind === 'sparse') {
      if (token < 0 || token >= vocabularySize || listed.has(token)) {
        throw new InvalidProposalError(
          `The proposal of node ${node} lists token ${token} twice or outside the vocabulary of ${vocabularySize} tokens.`,
          { node, token, vocabularySize },
        );
      }
      listed.add(token);
    }
    weights[token] = probability;
    sum += probability;
  }
  if (!(Math.abs(sum - 1) <= SUM_TOLERANCE)) {
    throw new InvalidProposalError(`The proposal of node ${node} sums to ${sum}, but must sum to 1.`, { node, sum });
  }
  return weights;
}
