import type { DraftTree } from '../contracts/draft-tree.js';
import type { ForwardInput, Sequence } from '../contracts/language-model.js';

/** What a round asks of a forward: row 0 belongs to the root, row i + 1 to node i. */
export function roundInput(sequence: Sequence, root: number, tree: DraftTree | undefined): ForwardInput {
  if (tree === undefined) return { sequence, tokens: Int32Array.of(root), want: 'last' };
  const tokens = new Int32Array(tree.tokens.length + 1);
  tokens[0] = root;
  tokens.set(tree.tokens, 1);
  if (tree.parents.every((parent, node) => parent === node - 1)) return { sequence, tokens, want: 'all' };
  const parents = new Int32Array(tokens.length);
  parents[0] = -1;
  for (const [node, parent] of tree.parents.entries()) parents[node + 1] = parent + 1;
  return { sequence, tokens, parents, want: 'all' };
}
