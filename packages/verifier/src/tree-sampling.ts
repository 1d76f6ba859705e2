import type { Verifier } from '@foretoken/core';
import { samplePath } from './sample-path.js';

/**
 * Speculative sampling of a tree with several candidates a node (recursive rejection sampling without replacement).
 * The children of a node are tried in the order of their numbers: child x is accepted with probability
 * min(1, p(x) / q(x)); after each rejection p becomes norm(max(0, p − q)). When all are rejected, the next token is
 * drawn from what is left of p; below an accepted leaf it is drawn from p itself.
 *
 * Assumed of the drafter:
 * - with proposals, siblings were drawn one after the other in the order of their numbers, *without replacement*: each
 *   from its proposal with the tokens of its earlier siblings taken out and the rest renormalised. `proposals` holds the
 *   plain q(. | path), before that removal. Whether a node exists, and where in the order, must not depend on the token
 *   drawn for it (so no pruning or sorting by the confidence of what was drawn);
 * - without proposals nothing was drawn: each child counts as certain (q is 1 on it), in any order and number.
 *
 * Lossless under that: the output follows the target's distribution exactly, after penalties, truncation and
 * temperature. With one child a node it is `rejectionSampling`; with a greedy sampler it is `exactMatch`, and
 * proposals are not looked at beyond their number. Same seed and same guesses, same tokens. Only rows on the accepted
 * path are fetched.
 *
 * `verify` throws `InvalidProposalError` when a proposal it reads has the wrong length, a negative or undefined
 * probability, a sum other than 1, or gives its own token probability 0, and when two siblings with proposals carry the
 * same token.
 *
 * Source: X. Miao et al., "SpecInfer" (multi-step speculative sampling), ASPLOS 2024; without replacement: W. Jeon et
 * al., "Recursive Speculative Decoding", 2024, and S. Yang et al., "Multi-Candidate Speculative Decoding", 2024.
 *
 * @example
 * ```ts
 * import { createSampler, type Scores } from '@foretoken/core';
 * import { treeSampling } from '@foretoken/verifier';
 *
 * const rows = [Float32Array.of(0, 3, 4), Float32Array.of(0, 4, 1), Float32Array.of(2, 1, 0)];
 * const scores: Scores = {
 *   rows: rows.length,
 *   argmax: () => Int32Array.of(2, 1, 0),
 *   topK: () => ({ tokens: new Int32Array(0), logits: new Float32Array(0) }),
 *   row: (index) => rows[index] ?? new Float32Array(3),
 * };
 * // Two guesses for the next token: 2, else 1.
 * const tree = { tokens: Int32Array.of(2, 1), parents: Int32Array.of(-1, -1) };
 * const sampler = createSampler({ temperature: 1, seed: 7 });
 * console.log(treeSampling().verify({ tree, scores, sampler }));
 * ```
 */
export function treeSampling(): Verifier {
  return { name: 'tree-sampling', lossless: true, verify: samplePath };
}
