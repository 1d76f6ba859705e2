import type { DraftProposal, DraftTree } from '@foretoken/core';
import { toyRow, VOCABULARY } from './toy-target.js';

/** How a toy drafter comes to its guesses. */
export type ToyDrafter = 'deterministic' | 'sampling' | 'noisy';

/** A full tree of guesses below `prefix`; `uniform` gives the drafter's own random numbers. */
export function toyTree(
  drafter: ToyDrafter,
  prefix: readonly number[],
  { depth, width, uniform }: { readonly depth: number; readonly width: number; readonly uniform: () => number },
): DraftTree | undefined {
  const tokens: number[] = [];
  const parents: number[] = [];
  const proposals: DraftProposal[] = [];
  const grow = (parent: number, path: readonly number[]): void => {
    if (path.length - prefix.length === depth) return;
    const proposal = drafter === 'deterministic' ? undefined : proposalOf(drafter, path);
    const weights = proposal?.kind === 'full' ? [...proposal.probabilities] : sparseWeights(proposal);
    for (let i = 0; i < width; i++) {
      const token =
        proposal === undefined ? (path.length * 2 + (path.at(-1) ?? 1) + i) % VOCABULARY : draw(weights, uniform());
      weights[token] = 0;
      tokens.push(token);
      parents.push(parent);
      if (proposal !== undefined) proposals.push(proposal);
      grow(tokens.length - 1, [...path, token]);
    }
  };
  grow(-1, prefix);
  if (tokens.length === 0) return undefined;
  const tree = { tokens: Int32Array.from(tokens), parents: Int32Array.from(parents) };
  return drafter === 'deterministic' ? tree : { ...tree, proposals };
}

const known = new Map<string, DraftProposal>();

/** Sampling: the target made flatter and shifted a little. Noisy: three tokens that have nothing to do with it. */
function proposalOf(drafter: ToyDrafter, path: readonly number[]): DraftProposal {
  const key = `${drafter} ${path.join()}`;
  const before = known.get(key);
  if (before) return before;
  const first = (path.length + (path.at(-1) ?? 0) * 3) % VOCABULARY;
  const proposal: DraftProposal =
    drafter === 'noisy'
      ? {
          kind: 'sparse',
          tokens: Int32Array.from([first, (first + 2) % VOCABULARY, (first + 3) % VOCABULARY]),
          probabilities: Float32Array.of(0.6, 0.3, 0.1),
        }
      : { kind: 'full', probabilities: softmax(toyRow(path).map((logit, i) => logit * 0.7 + (i % 2) * 0.5)) };
  known.set(key, proposal);
  return proposal;
}

function sparseWeights(proposal: DraftProposal | undefined): number[] {
  const weights = new Array<number>(VOCABULARY).fill(0);
  if (proposal?.kind !== 'sparse') return weights;
  for (const [i, token] of proposal.tokens.entries()) weights[token] = proposal.probabilities[i] ?? 0;
  return weights;
}

function softmax(logits: Float32Array): Float32Array {
  const weights = logits.map(Math.exp);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

function draw(weights: readonly number[], uniform: number): number {
  let rest = uniform * weights.reduce((sum, weight) => sum + weight, 0);
  let drawn = 0;
  for (const [token, weight] of weights.entries()) {
    if (weight === 0) continue;
    drawn = token;
    rest -= weight;
    if (rest < 0) break;
  }
  return drawn;
}
