import type { NodeChoice, WeighedRound } from '@foretoken/core';

/** What the coming forward costs. */
export interface ForwardCosts {
  /** Milliseconds of a pass of so many rows. */
  readonly rows: (rows: number) => number;
  /** Rows that are in the pass anyway, besides the last token of each sequence. */
  readonly otherRows: number;
  /** Milliseconds that drafting for this forward has taken. */
  readonly drafting: number;
}

/** Tokens a millisecond, and how many of the likeliest nodes give that. */
export interface BestNodes {
  readonly nodes: number;
  readonly goodput: number;
}

/**
 * The number of nodes for which (sequences + sum of survivals) / (price of the pass + price of drafting) is greatest.
 * `survivals` come in falling order; every sequence brings one token of the target's own.
 */
export function bestNodes(survivals: ArrayLike<number>, sequences: number, costs: ForwardCosts): BestNodes {
  const { rows, otherRows, drafting } = costs;
  // What else is in the pass is paid for in any case: only what guesses add to it is theirs.
  const own = rows(sequences) - rows(otherRows + sequences) + drafting;
  let tokens = sequences;
  let best = { nodes: 0, goodput: tokens / (rows(otherRows + sequences) + own) };
  for (let nodes = 1; nodes <= survivals.length; nodes++) {
    tokens += survivals[nodes - 1] ?? 0;
    const goodput = tokens / (rows(otherRows + sequences + nodes) + own);
    if (goodput > best.goodput) best = { nodes, goodput };
  }
  return best;
}

/**
 * A row costs the same for every sequence, so the likeliest nodes of all sequences are taken, while they increase the
 * goodput.
 */
export function chooseNodes(rounds: readonly WeighedRound[], costs: ForwardCosts): NodeChoice[] {
  const candidates = rounds.flatMap(({ weighed, maximumNodes }, round) => {
    const own = [...(weighed?.survival ?? [])].map((survival, node) => ({ round, node, survival }));
    const likely = own.filter(({ survival }) => survival > 0);
    return likely.sort(falling).slice(0, maximumNodes);
  });
  candidates.sort(falling);
  const { nodes } = bestNodes(
    candidates.map(({ survival }) => survival),
    rounds.length,
    costs,
  );
  const taken: number[][] = rounds.map(() => []);
  for (const { round, node } of candidates.slice(0, nodes)) taken[round]?.push(node);
  return rounds.map(({ weighed, maximumNodes }, index) => {
    const own = taken[index] ?? [];
    if (own.length > 0) return { kind: 'nodes', nodes: own };
    if (weighed === undefined) return { kind: 'standard', reason: 'no-proposals' };
    if (maximumNodes === 0) return { kind: 'standard', reason: 'no-room' };
    const alone = candidates.filter(({ round }) => round === index).map(({ survival }) => survival);
    const isLoad = bestNodes(alone, 1, { ...costs, otherRows: 0 }).nodes > 0;
    return { kind: 'standard', reason: isLoad ? 'load' : 'not-worth-it' };
  });
}

/** Falling survival; a parent stays before its child, which is no likelier and comes behind it in its tree. */
function falling(
  one: { readonly survival: number; readonly round: number; readonly node: number },
  other: { readonly survival: number; readonly round: number; readonly node: number },
): number {
  return other.survival - one.survival || one.round - other.round || one.node - other.node;
}
