import type { Verifier } from '@foretoken/core';
import { NotAChainError } from './errors.js';
import { samplePath } from './sample-path.js';

/**
 * Speculative sampling of a chain: a guess x, which the drafter drew from q, is accepted with probability
 * min(1, p(x) / q(x)), where p is the target's distribution after everything that the sampler does to it (penalties,
 * truncation, temperature). The token after the last accepted guess is drawn from norm(max(0, p − q)) when a guess was
 * rejected there, else from p.
 *
 * Lossless: the output follows p exactly, whatever q is. A guess without a proposal counts as certain (q is 1 on it).
 * With proposals, whether a node exists must not depend on the token that was drawn for it: a drafter that draws a
 * token and then drops it for its low confidence makes likely tokens too likely. With a greedy sampler the rule is
 * `exactMatch`, and proposals are not looked at beyond their number.
 *
 * Its random numbers come from `sampler.random()`, so the same seed and the same guesses give the same tokens; other
 * guesses give other tokens of the same distribution. Rows below a rejected guess are not fetched.
 *
 * `verify` throws `NotAChainError` for a tree that branches (use `treeSampling`), and `InvalidProposalError` when a
 * proposal it reads has the wrong length, a negative or undefined probability, a sum other than 1, or gives its own
 * token probability 0.
 *
 * Source: Y. Leviathan et al., "Fast Inference from Transformers via Speculative Decoding", ICML 2023; C. Chen et al.,
 * "Accelerating Large Language Model Decoding with Speculative Sampling", 2023.
 *
 * @example
 * ```ts
 * import { createSampler, type Scores } from '@foretoken/core';
 * import { rejectionSampling } from '@foretoken/verifier';
 *
 * const rows = [Float32Array.of(0, 1, 4), Float32Array.of(0, 4, 1)];
 * const scores: Scores = {
 *   rows: rows.length,
 *   argmax: () => Int32Array.of(2, 1),
 *   topK: () => ({ tokens: new Int32Array(0), logits: new Float32Array(0) }),
 *   row: (index) => rows[index] ?? new Float32Array(3),
 * };
 * const tree = {
 *   tokens: Int32Array.of(2),
 *   parents: Int32Array.of(-1),
 *   proposals: [{ kind: 'full', probabilities: Float32Array.of(0.1, 0.2, 0.7) }] as const,
 * };
 * const sampler = createSampler({ temperature: 1, seed: 7 });
 * console.log(rejectionSampling().verify({ tree, scores, sampler }));
 * ```
 */
export function rejectionSampling(): Verifier {
  return {
    name: 'rejection-sampling',
    lossless: true,
    verify: (input) => {
      const branch = input.tree?.parents.findIndex((parent, node) => parent !== node - 1) ?? -1;
      if (branch === -1) return samplePath(input);
      throw new NotAChainError(
        `rejectionSampling() judges chains, but node ${branch} hangs off node ${input.tree?.parents[branch]}. Use treeSampling(), or draft with width 1.`,
        { node: branch },
      );
    },
  };
}
