import type { DraftTree } from '../contracts/draft-tree.js';
import type { DraftBudget } from '../contracts/drafter.js';
import { InvalidDraftTreeError } from './errors.js';

/** What a tree must fit. */
export interface DraftTreeLimits {
  readonly vocabularySize: number;
  readonly budget: DraftBudget;
}

/**
 * Checks a tree that came from a drafter, which may be anybody's code: arrays of one length, parents before their
 * children, ids inside the vocabulary, depth, width and nodes within the budget.
 * Throws `InvalidDraftTreeError` that names the first node that is wrong.
 */
export function validateDraftTree(tree: DraftTree, { vocabularySize, budget }: DraftTreeLimits): void {
  const { tokens, parents, confidences, proposals } = tree;
  const nodes = tokens.length;
  for (const [name, length] of Object.entries({
    parents: parents.length,
    confidences: confidences?.length ?? nodes,
    proposals: proposals?.length ?? nodes,
  })) {
    refuseIf(length !== nodes, `has ${nodes} tokens but ${length} ${name}`, { nodes, [name]: length });
  }
  refuseIf(nodes > budget.nodes, `has ${nodes} nodes, more than its budget of ${budget.nodes}`, { nodes, budget });
  const depths = draftDepths(tree);
  const children = new Int32Array(nodes + 1);
  for (let node = 0; node < nodes; node++) {
    const token = tokens[node] ?? -1;
    const parent = parents[node] ?? -2;
    const depth = depths[node] ?? 0;
    const confidence = confidences?.[node] ?? 0;
    refuseIf(
      token < 0 || token >= vocabularySize,
      `guesses token ${token} at node ${node}, outside the vocabulary of ${vocabularySize}`,
      { node, token },
    );
    refuseIf(parent < -1 || parent >= node, `gives node ${node} the parent ${parent}; it must be in [-1, ${node})`, {
      node,
      parent,
    });
    refuseIf(
      !(confidence >= 0 && confidence <= 1),
      `gives node ${node} the confidence ${confidence}; it must be in [0, 1]`,
      { node, confidence },
    );
    refuseIf(
      depth >= budget.depth,
      `has node ${node} at depth ${depth}, deeper than its budget of ${budget.depth} tokens`,
      { node, depth },
    );
    const siblings = (children[parent + 1] ?? 0) + 1;
    children[parent + 1] = siblings;
    refuseIf(siblings > budget.width, `gives node ${parent} more children than its budget of ${budget.width}`, {
      node: parent,
      siblings,
    });
  }
}

/** Checks what became of a tree that was thinned out: a tree again, and no larger. Throws `InvalidDraftTreeError`. */
export function validatePreparedTree(tree: DraftTree, proposed: DraftTree | undefined, vocabularySize: number): void {
  const nodes = proposed?.tokens.length ?? 0;
  validateDraftTree(tree, { vocabularySize, budget: { depth: nodes, width: nodes, nodes, minimumConfidence: 0 } });
}

/** Depth of each node, 0 for a child of the last accepted token. Shape [nodes]. */
export function draftDepths({ parents }: DraftTree): Int32Array {
  const depths = new Int32Array(parents.length);
  for (let node = 0; node < parents.length; node++) {
    const parent = parents[node] ?? -1;
    depths[node] = parent < 0 ? 0 : (depths[parent] ?? 0) + 1;
  }
  return depths;
}

function refuseIf(wrong: boolean, what: string, details: Readonly<Record<string, unknown>>): void {
  if (wrong) throw new InvalidDraftTreeError(`The draft tree ${what}.`, details);
}
