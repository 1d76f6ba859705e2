import type { DraftPlan, NodeChoice, NodeChooser, StandardReason } from '../contracts/draft-controller.js';
import type { DraftTree } from '../contracts/draft-tree.js';
import type { FallbackCause } from '../contracts/generation-event.js';
import type { GatheredGuesses } from './propose-guesses.js';
import { subtree } from './subtree.js';
import { draftDepths } from './validate-draft-tree.js';

/** What a round sets out with. */
export interface RoundDraft {
  readonly plan: DraftPlan;
  readonly tree: DraftTree | undefined;
  /** Name of the drafter that each node counts for. Length [nodes]. */
  readonly sources: readonly string[];
  /** Why there are no guesses, or fewer than planned, if something failed. */
  readonly fallback: FallbackCause | undefined;
  /** What asking the drafters took. */
  readonly milliseconds: number;
}

/**
 * Decides what the target scores for each sequence of a forward pass. Sequences whose plans name the same chooser are
 * decided together. `otherTokens`: what else is in the forward besides the last token of each sequence.
 */
export function settleGuesses(gathered: readonly GatheredGuesses[], otherTokens: number): RoundDraft[] {
  const choices = new Map<GatheredGuesses, NodeChoice>();
  const choosers = new Map<NodeChooser, Extract<GatheredGuesses, { kind: 'open' }>[]>();
  let decided = otherTokens;
  for (const guesses of gathered) {
    if (guesses.kind === 'decided') decided += 1 + (guesses.tree?.tokens.length ?? 0);
    else choosers.set(guesses.plan.chooser, [...(choosers.get(guesses.plan.chooser) ?? []), guesses]);
  }
  const open = gathered.filter(({ kind }) => kind === 'open').length;
  for (const [chooser, rounds] of choosers) {
    const others = decided + open - rounds.length;
    const chosen = chooser.choose(rounds, others);
    for (const [index, round] of rounds.entries()) {
      const choice = chosen[index];
      if (choice !== undefined) choices.set(round, choice);
    }
  }
  return gathered.map((guesses) => {
    const { fallback, milliseconds } = guesses;
    if (guesses.kind === 'decided') {
      const { plan, tree } = guesses;
      const drafter = plan.kind === 'speculate' ? plan.drafter : '';
      return { plan, tree, sources: Array.from(tree?.tokens ?? [], () => drafter), fallback, milliseconds };
    }
    const choice = choices.get(guesses);
    const { weighed, short, maximumNodes } = guesses;
    if (weighed === undefined || choice?.kind !== 'nodes' || choice.nodes.length === 0) {
      const shortage = short === 'load' ? 'load' : short === 'kv-capacity' ? 'no-room' : undefined;
      const reason =
        (maximumNodes === 0 ? shortage : undefined) ?? (choice?.kind === 'standard' ? choice.reason : 'no-proposals');
      return { plan: { kind: 'standard', reason }, tree: undefined, sources: [], fallback, milliseconds };
    }
    const tree = subtree(weighed.tree, choice.nodes);
    const sources = choice.nodes.map((node) => weighed.sources[node] ?? '');
    const cut =
      short === 'kv-capacity' && choice.nodes.length === maximumNodes && maximumNodes < weighed.tree.tokens.length;
    return {
      plan: planOf(tree, sources),
      tree,
      sources,
      fallback: fallback ?? (cut ? 'kv-capacity' : undefined),
      milliseconds,
    };
  });
}

/** Why a round has no guesses. */
export function standardReason(
  { plan, fallback }: Pick<RoundDraft, 'plan' | 'fallback'>,
  remainingTokens: number,
): StandardReason {
  if (remainingTokens <= 1) return 'last-token';
  if (fallback === 'kv-capacity') return 'no-room';
  if (plan.kind === 'standard' && plan.reason !== undefined && plan.reason !== 'no-proposals') return plan.reason;
  if (fallback !== undefined) return 'drafter-failed';
  return plan.kind === 'standard' ? (plan.reason ?? 'not-worth-it') : 'no-proposals';
}

/** The drafter of each node of a tree that was thinned out. */
export function sourcesOf(thinned: DraftTree, { tree, sources }: Pick<RoundDraft, 'tree' | 'sources'>): string[] {
  if (thinned === tree || tree === undefined) return [...sources];
  const places: number[] = [];
  for (const [node, token] of thinned.tokens.entries()) {
    const own = thinned.parents[node] ?? -1;
    const parent = own < 0 ? -1 : places[own];
    places.push(tree.tokens.findIndex((other, place) => other === token && tree.parents[place] === parent));
  }
  return places.map((place) => sources[place] ?? '');
}

function planOf(tree: DraftTree, sources: readonly string[]): DraftPlan {
  const children = new Map<number, number>();
  for (const parent of tree.parents) children.set(parent, (children.get(parent) ?? 0) + 1);
  return {
    kind: 'speculate',
    drafter: [...new Set(sources)].sort().join('+'),
    depth: 1 + Math.max(...draftDepths(tree)),
    width: Math.max(...children.values()),
    nodes: tree.tokens.length,
    minimumConfidence: 0,
  };
}
