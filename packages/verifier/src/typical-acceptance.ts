import type { TokenId, Verdict, VerificationInput, Verifier } from '@foretoken/core';
import { normalised } from './distribution.js';
import { InvalidVerifierOptionError } from './errors.js';
import { exactMatch } from './exact-match.js';
import { walkTree } from './walk-tree.js';

/** How unlikely a guess may be. */
export interface TypicalAcceptanceOptions {
  /** A guess more probable than this is always accepted. A probability in (0, 1). @default 0.09 */
  readonly epsilon?: number;
  /** Scales the bound where the target is unsure: exp(-entropy) times this. In (0, inf). @default 0.3 */
  readonly delta?: number;
}

const greedy = exactMatch();

/**
 * Accepts guesses that are typical of the target, not only ones it would have drawn: x is accepted when
 * p(x) > min(epsilon, delta · exp(−H(p))), with p the sampler's distribution and H its entropy in nats. Of several
 * children that pass, the most probable one is followed (Medusa compares whole candidates and takes the longest; this
 * fetches rows of one path only). When none passes, the sampler chooses.
 *
 * **Not lossless**: it changes the distribution of the output, towards the drafter's guesses. It is never a default.
 * With a greedy sampler nothing but the best token passes, so there it is `exactMatch`. Proposals are not needed.
 * The choice follows the sampler's seed.
 *
 * Throws `InvalidVerifierOptionError` for an option out of range.
 *
 * Source: T. Cai et al., "Medusa: Simple LLM Inference Acceleration Framework with Multiple Decoding Heads", ICML
 * 2024, section 2.3.1; defaults of its code (delta is the square root of epsilon).
 *
 * @example
 * ```ts
 * import { createSampler, type Scores } from '@foretoken/core';
 * import { typicalAcceptance } from '@foretoken/verifier';
 *
 * const rows = [Float32Array.of(0, 3, 4), Float32Array.of(0, 9, 1)];
 * const scores: Scores = {
 *   rows: rows.length,
 *   argmax: () => Int32Array.of(2, 1),
 *   topK: () => ({ tokens: new Int32Array(0), logits: new Float32Array(0) }),
 *   row: (index) => rows[index] ?? new Float32Array(3),
 * };
 * // Token 1 has probability 0.27: not the likeliest, but typical.
 * const tree = { tokens: Int32Array.of(1), parents: Int32Array.of(-1) };
 * const sampler = createSampler({ temperature: 1, seed: 7 });
 * console.log(typicalAcceptance({ epsilon: 0.1 }).verify({ tree, scores, sampler }).path); // [0]
 * ```
 */
export function typicalAcceptance(options: TypicalAcceptanceOptions = {}): Verifier {
  const { epsilon = 0.09, delta = 0.3 } = options;
  if (!(epsilon > 0 && epsilon < 1)) {
    throw new InvalidVerifierOptionError(`epsilon must be in (0, 1), but is ${epsilon}.`, { epsilon });
  }
  if (!(delta > 0 && delta < Number.POSITIVE_INFINITY)) {
    throw new InvalidVerifierOptionError(`delta must be a finite number > 0, but is ${delta}.`, { delta });
  }
  return {
    name: 'typical-acceptance',
    lossless: false,
    verify: (input) => (input.sampler.needs === 'argmax' ? greedy.verify(input) : verify(input, { epsilon, delta })),
  };
}

function verify(input: VerificationInput, { epsilon, delta }: Required<TypicalAcceptanceOptions>): Verdict {
  const { tree, scores, sampler } = input;
  const tokenOf = (node: number): number => tree?.tokens[node] ?? -1;
  return walkTree(input, (node, children) => {
    const row = scores.row(node + 1);
    if (children.length > 0) {
      const target = normalised(sampler.distribution(row));
      let best: number | undefined;
      let highest = Math.min(epsilon, delta * Math.exp(-entropyOf(target)));
      for (const child of children) {
        const probability = target[tokenOf(child)] ?? 0;
        if (!(probability > highest)) continue;
        highest = probability;
        best = child;
      }
      if (best !== undefined) return { child: best };
    }
    const token: TokenId = sampler.sample(row);
    const child = children.find((candidate) => tokenOf(candidate) === token);
    return child === undefined ? { token } : { child };
  });
}

/** In nats. */
function entropyOf(probabilities: Float64Array): number {
  let entropy = 0;
  for (const probability of probabilities) if (probability > 0) entropy -= probability * Math.log(probability);
  return entropy;
}
