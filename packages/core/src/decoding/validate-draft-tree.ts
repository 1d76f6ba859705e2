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
  const lengths = { parents: parents.length, confidences: confidences?.length, proposals: proposals?.length };
  for (const [name, length = nodes] of Object.entries(lengths)) {
    if (length !== nodes) throw refusal(`has ${nodes} tokens but ${length} ${name}`, { nodes, [name]: length });
  }
  if (nodes > budget.nodes)
    throw refusal(`has ${nodes} nodes, more than its budget of ${budget.nodes}`, { nodes, budget });
  const depths = draftDepths(tree);
  const children = new Int32Array(nodes + 1);
  for (let node = 0; node < nodes; node++) {
    const token = tokens[node] ?? -1;
    const parent = parents[node] ?? -2;
    const depth = depths[node] ?? 0;
    const confidence = confidences?.[node] ?? 0;
    if (token < 0 || token >= vocabularySize) {
      const what = `guesses token ${token} at node ${node}, outside the vocabulary of ${vocabularySize}`;
      throw refusal(what, { node, token });
    }
    if (parent < -1 || parent >= node) {
      throw refusal(`gives node ${node} the parent ${parent}; it must be in [-1, ${node})`, { node, parent });
    }
    if (!(confidence >= 0 && confidence <= 1)) {
      throw refusal(`gives node ${node} the confidence ${confidence}; it must be in [0, 1]`, { node, confidence });
    }
    if (depth >= budget.depth) {
      const what = `has node ${node} at depth ${depth}, deeper than its budget of ${budget.depth} tokens`;
      throw refusal(what, { node, depth });
    }
    const siblings = (children[parent + 1] ?? 0) + 1;
    children[parent + 1] = siblings;
    if (siblings > budget.width) {
      const what = `gives node ${parent} more children than its budget of ${budget.width}`;
      throw refusal(what, { node: parent, siblings });
    }
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

function refusal(what: string, details: Readonly<Record<string, unknown>>): InvalidDraftTreeError {
  return new InvalidDraftTreeError(`The draft tree ${what}.`, details);
}
