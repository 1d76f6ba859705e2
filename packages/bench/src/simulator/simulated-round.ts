import {
  type DepthOutcome,
  type DraftAsk,
  type DraftController,
  type DrafterProposal,
  type DraftPlan,
  type DraftTree,
  type GatherPlan,
  type RoundOutcome,
  type RoundSituation,
  subtree,
  type TokenId,
  type WeighedRound,
} from '@foretoken/core';
import { sum } from '../results/statistics.js';
import type { SimulatedText, Simulation } from './simulate.js';
import { acceptedPath, rightToken, simulatedTree } from './simulated-tree.js';

/** A sequence at the beginning of a round. */
export interface SimulatedPlace {
  readonly drafters: Simulation['drafters'];
  readonly text: SimulatedText;
  readonly position: number;
  /** Milliseconds of a forward of one row per sequence: prices of drafters are shares of it. */
  readonly unit: number;
  /** Turns true milliseconds into what a clock shows. */
  readonly clock: (milliseconds: number) => number;
}

/** What a sequence's drafters proposed. */
export type SimulatedGuesses = {
  /** True milliseconds of drafting, and what the clock showed. */
  readonly draft: number;
  readonly seen: number;
} & (
  | { readonly kind: 'decided'; readonly plan: DraftPlan; readonly tree: DraftTree | undefined }
  | ({ readonly kind: 'open'; readonly gather: GatherPlan } & WeighedRound)
);

/** What a sequence sends. */
export interface SimulatedDraft {
  readonly plan: DraftPlan;
  readonly tree: DraftTree | undefined;
}

/** Asks the drafters that a controller plans, as `Generation` does. */
export function gatherSimulated(
  controller: DraftController,
  situation: Omit<RoundSituation, 'drafters' | 'costlyDrafters'>,
  place: SimulatedPlace,
): SimulatedGuesses {
  const { drafters, text, position, unit, clock } = place;
  const names = [...text.keys()];
  const costlyDrafters = names.filter((name) => (drafters[name]?.price?.token ?? 0) > 0);
  const plan = controller.plan({ ...situation, drafters: names, costlyDrafters });
  let [draft, seen] = [0, 0];
  const ask = ({ drafter, ...budget }: DraftAsk): DrafterProposal => {
    const depth = Math.min(budget.depth, situation.remainingTokens - 1);
    const tree = simulatedTree(text.get(drafter) ?? [], position, { ...budget, depth });
    const { round, token } = drafters[drafter]?.price ?? { round: 0, token: 0 };
    // A pass for each depth.
    const spent = unit * (round + token * (tree === undefined ? 0 : depths(tree).length));
    const milliseconds = clock(spent);
    draft += spent;
    seen += milliseconds;
    return { drafter, tree, milliseconds };
  };
  if (plan.kind === 'standard') return { kind: 'decided', plan, tree: undefined, draft, seen };
  if (plan.kind === 'speculate') {
    const { tree } = ask(plan);
    return { kind: 'decided', plan, tree, draft, seen };
  }
  const proposals = plan.asks.map(ask);
  const more = plan.askMore(proposals);
  if (more !== undefined) proposals.push(ask(more));
  const weighed = plan.weigh(proposals);
  return { kind: 'open', gather: plan, weighed, maximumNodes: 1024, milliseconds: seen, draft, seen };
}

/** Lets the choosers decide, one call for all sequences, as `Engine` does. */
export function settleSimulated(all: readonly SimulatedGuesses[], otherTokens: number): SimulatedDraft[] {
  const open = all.filter((guesses) => guesses.kind === 'open');
  const others = all.filter((guesses) => guesses.kind === 'decided');
  const rows = otherTokens + sum(others, ({ tree }) => 1 + (tree?.tokens.length ?? 0));
  const choices = [...(open[0]?.gather.chooser.choose(open, rows) ?? [])];
  return all.map((guesses): SimulatedDraft => {
    if (guesses.kind === 'decided') return guesses;
    const choice = choices.shift();
    const { weighed } = guesses;
    if (weighed === undefined || choice?.kind !== 'nodes') return { plan: { kind: 'standard' }, tree: undefined };
    const { nodes } = choice;
    const tree = subtree(weighed.tree, nodes);
    const depth = depths(tree).length;
    const drafter = [...new Set(nodes.map((node) => weighed.sources[node] ?? ''))].sort().join('+');
    return {
      plan: { kind: 'speculate', drafter, depth, width: 1, nodes: nodes.length, minimumConfidence: 0 },
      tree,
    };
  });
}

/** What became of a sequence's guesses; a text ends where it ends. */
export function judgeSimulated(
  { plan, tree }: SimulatedDraft,
  { position, remaining }: { readonly position: number; readonly remaining: number },
): Pick<RoundOutcome, 'plan' | 'drafted' | 'accepted' | 'emitted' | 'tokens' | 'perDepth'> {
  const accepted = acceptedPath(tree, position).length;
  const emitted = Math.min(accepted + 1, remaining);
  const perDepth =
    tree === undefined ? [] : depths(tree).map((drafted, depth) => ({ drafted, accepted: depth < accepted }));
  const tokens = Array.from({ length: emitted }, (_, i) => rightToken(position + i) as TokenId);
  return { plan, drafted: tree?.tokens.length ?? 0, accepted, emitted, tokens, perDepth };
}

/** Nodes at each depth of a tree. */
function depths({ parents }: DraftTree): DepthOutcome['drafted'][] {
  const own: number[] = [];
  const counts: number[] = [];
  for (const parent of parents) {
    const depth = (own[parent] ?? -1) + 1;
    own.push(depth);
    counts[depth] = (counts[depth] ?? 0) + 1;
  }
  return counts;
}
