import type { DraftBudget, DraftTree } from '@foretoken/core';
import { likeliest } from '../tree/likeliest.js';
import type { RankAcceptance } from './rank-acceptance.js';
import type { Successors } from './successor-matrix.js';

/** What a tree grows from. */
export interface GrowthSource {
  /** What may follow a token, likeliest first; `undefined` when nothing is known. */
  readonly successors: (token: number) => Successors | undefined;
  readonly acceptance: RankAcceptance;
}

/** A node whose children are taken one rank after the other. */
interface Parent {
  /** -1 for the root. */
  readonly node: number;
  /** Tokens from the root. */
  readonly depth: number;
  /** Probability that the path to this node is accepted. */
  readonly probability: number;
  readonly successors: Successors;
  /** Rank of the child to take next. */
  rank: number;
  /** Probability of the path to that child. */
  childProbability: number;
}

/** The likeliest nodes below `root`, by the product of the confidences on their path; among equals the shallower. */
export function growTree(root: number, budget: DraftBudget, source: GrowthSource): DraftTree | undefined {
  const tokens: number[] = [];
  const parents: number[] = [];
  const confidences: number[] = [];
  const waiting: Parent[] = [];

  const offer = (parent: Parent): boolean => {
    if (parent.rank >= Math.min(budget.width, parent.successors.tokens.length)) return false;
    const confidence = source.acceptance.of(parent.successors.sharpness, parent.rank);
    parent.childProbability = parent.probability * confidence;
    return parent.childProbability >= budget.minimumConfidence;
  };
  const open = (token: number, node: number, depth: number, probability: number): void => {
    const successors = depth < budget.depth ? source.successors(token) : undefined;
    if (successors === undefined) return;
    const parent: Parent = { node, depth, probability, successors, rank: 0, childProbability: 0 };
    if (offer(parent)) waiting.push(parent);
  };

  open(root, -1, 0, 1);
  while (tokens.length < budget.nodes) {
    const index = likeliest(waiting, ({ childProbability }) => childProbability);
    const parent = waiting[index];
    if (parent === undefined) break;
    const node = tokens.length;
    const token = parent.successors.tokens[parent.rank] ?? 0;
    const probability = parent.childProbability;
    tokens.push(token);
    parents.push(parent.node);
    confidences.push(source.acceptance.of(parent.successors.sharpness, parent.rank));
    parent.rank++;
    if (!offer(parent)) waiting.splice(index, 1);
    open(token, node, parent.depth + 1, probability);
  }
  if (tokens.length === 0) return undefined;
  return {
    tokens: Int32Array.from(tokens),
    parents: Int32Array.from(parents),
    confidences: Float32Array.from(confidences),
  };
}
