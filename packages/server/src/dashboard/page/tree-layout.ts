import type { RoundView } from '../../engine/text-engine.js';

/**
 * `root`: the token before the round. `accepted`: a guess that the model would have chosen too. `rejected`: a guess
 * that it would not. `unreached`: a guess after a rejected one, which is never judged. `own`: the token that the model
 * added itself.
 */
export type NodeKind = 'root' | 'accepted' | 'rejected' | 'unreached' | 'own';

export interface PlacedNode {
  readonly kind: NodeKind;
  readonly text: string;
  readonly confidence: number | undefined;
  /** Tokens after the root. */
  readonly column: number;
  readonly row: number;
  /** Index among the placed nodes; `undefined` of the root. */
  readonly parent: number | undefined;
}

export interface TreeLayout {
  /** Parents come before their children, what was taken before what was not. */
  readonly nodes: readonly PlacedNode[];
  readonly columns: number;
  readonly rows: number;
}

interface Growth {
  readonly kind: NodeKind;
  readonly text: string;
  readonly confidence?: number | undefined;
  readonly children: Growth[];
}

/** Places a round's tree left to right, with what was taken as a straight line along the top. */
export function layOutTree(round: RoundView, rootText: string): TreeLayout {
  const nodes: PlacedNode[] = [];
  let columns = 0;
  let rows = 0;
  const place = (node: Growth, column: number, row: number, parent: number | undefined): void => {
    const index = nodes.length;
    const { kind, text, confidence } = node;
    nodes.push({ kind, text, confidence, column, row, parent });
    columns = Math.max(columns, column + 1);
    rows = Math.max(rows, row + 1);
    for (const [order, child] of node.children.entries()) place(child, column + 1, order === 0 ? row : rows, index);
  };
  place(grow(round, rootText), 0, 0, undefined);
  return { nodes, columns, rows };
}

function grow(round: RoundView, rootText: string): Growth {
  const root: Growth = { kind: 'root', text: rootText, children: [] };
  let end = root;
  const grown: Growth[] = [];
  for (const { text, parent, confidence, accepted } of round.tree) {
    const above = grown[parent] ?? root;
    const judged = above.kind === 'root' || above.kind === 'accepted';
    const node: Growth = {
      kind: accepted ? 'accepted' : judged ? 'rejected' : 'unreached',
      text,
      confidence,
      children: [],
    };
    grown.push(node);
    if (accepted) {
      above.children.unshift(node);
      end = node;
    } else above.children.push(node);
  }
  const own = round.tokens[grown.filter(({ kind }) => kind === 'accepted').length];
  if (own !== undefined) end.children.unshift({ kind: 'own', text: own, children: [] });
  return root;
}
