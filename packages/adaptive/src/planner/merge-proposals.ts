import type { DrafterProposal, DraftTree, WeighedTree } from '@foretoken/core';
import type { Claim, Company } from './acceptance.js';

/** A proposal with what each of its nodes claims. */
export interface ClaimedProposal {
  readonly drafter: string;
  readonly tree: DraftTree;
  /** Length [nodes]. */
  readonly claims: readonly Claim[];
}

export interface MergedProposals {
  readonly weighed: WeighedTree;
  readonly proposals: readonly ClaimedProposal[];
}

/** A guess of one drafter or of several. */
interface MergedNode {
  readonly token: number;
  readonly parent: number;
  readonly depth: number;
  readonly children: number[];
  /** Which node of which proposal says so. */
  readonly voices: {
    readonly proposal: number;
    readonly node: number;
    readonly claim: Claim;
    readonly alone: number;
  }[];
  probability: number;
  source: string;
  confidence: number;
}

/**
 * Merges trees: the same token under the same parent is one node, which counts for the drafter that is likeliest
 * right. Siblings can't both be right, so together they never have a probability above 1. A tree with `proposals` (a
 * sampled draft) is taken alone, since its verifier needs the distribution of every node.
 */
export function mergeProposals(
  answers: readonly DrafterProposal[],
  probability: (claim: Claim) => number,
): MergedProposals | undefined {
  const sampled = answers.find(({ tree }) => tree?.proposals !== undefined);
  const merging = sampled === undefined ? answers : [sampled];
  const nodes: MergedNode[] = [];
  const roots: number[] = [];
  const trees: { readonly drafter: string; readonly tree: DraftTree; readonly claims: Claim[] }[] = [];
  for (const { drafter, tree } of merging) {
    if (tree === undefined) continue;
    const proposal = trees.length;
    const places: number[] = [];
    const ranks = new Map<number, number>();
    const claims: Claim[] = [];
    for (const [node, token] of tree.tokens.entries()) {
      const parent = places[tree.parents[node] ?? -1] ?? -1;
      const siblings = nodes[parent]?.children ?? roots;
      let place = siblings.find((sibling) => nodes[sibling]?.token === token);
      if (place === undefined) {
        place = nodes.length;
        siblings.push(place);
        const depth = (nodes[parent]?.depth ?? -1) + 1;
        nodes.push({ token, parent, depth, children: [], voices: [], probability: 0, source: drafter, confidence: 0 });
      }
      const depth = nodes[place]?.depth ?? 0;
      const rank = ranks.get(parent) ?? 0;
      ranks.set(parent, rank + 1);
      const claim: Claim = { drafter, depth, confidence: tree.confidences?.[node], rank, company: 'alone' };
      claims.push(claim);
      nodes[place]?.voices.push({ proposal, node, claim, alone: probability(claim) });
      places.push(place);
    }
    trees.push({ drafter, tree, claims });
  }
  if (nodes.length === 0) return undefined;
  const judge = (siblings: readonly number[]): void => {
    const sorted = siblings.flatMap((place) => nodes[place] ?? []).sort((a, b) => surest(b) - surest(a));
    const first = sorted[0];
    let left = 1;
    for (const node of sorted) {
      for (const { proposal, node: own, claim, alone } of node.voices) {
        const company = companyOf(node, first, claim.drafter);
        const judged = company === 'alone' ? claim : { ...claim, company };
        const chance = company === 'alone' ? alone : probability(judged);
        const claims = trees[proposal]?.claims;
        if (claims !== undefined) claims[own] = judged;
        if (chance <= node.probability) continue;
        node.probability = chance;
        node.source = claim.drafter;
        node.confidence = claim.confidence ?? chance;
      }
      node.probability = Math.min(node.probability, left);
      left -= node.probability;
    }
  };
  judge(roots);
  for (const { children } of nodes) if (children.length > 0) judge(children);
  const survival = new Float64Array(nodes.length);
  for (const [place, { parent, probability: own }] of nodes.entries()) survival[place] = (survival[parent] ?? 1) * own;
  return {
    proposals: trees,
    weighed: {
      survival,
      sources: nodes.map(({ source }) => source),
      tree: {
        tokens: Int32Array.from(nodes, ({ token }) => token),
        parents: Int32Array.from(nodes, ({ parent }) => parent),
        confidences: Float32Array.from(nodes, ({ confidence }) => confidence),
        ...(sampled?.tree?.proposals ? { proposals: sampled.tree.proposals } : {}),
      },
    },
  };
}

function surest({ voices }: MergedNode): number {
  let most = 0;
  for (const { alone } of voices) most = Math.max(most, alone);
  return most;
}

function companyOf(node: MergedNode, first: MergedNode | undefined, drafter: string): Company {
  if (node.voices.some(({ claim }) => claim.drafter !== drafter)) return 'agreed';
  const isDisputed =
    first !== undefined && first !== node && first.voices.some(({ claim }) => claim.drafter !== drafter);
  return isDisputed ? 'disputed' : 'alone';
}
