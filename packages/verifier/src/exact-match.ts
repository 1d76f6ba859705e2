import type { TokenId, Verdict, VerificationInput, Verifier } from '@foretoken/core';
import { walkTree } from './walk-tree.js';

/**
 * Accepts a guess if it is exactly the token that the target would have chosen there: at each node the sampler chooses
 * from the target's logits, and verification continues at the child with that token. The last choice, which no child
 * has, is the bonus token.
 *
 * Lossless for every drafter that does not sample: the output is the target's own choices one after the other, so
 * penalties, constraints and logit bias hold by construction, and with the same seed it is the same output as without
 * speculation. For a drafter that samples it is still lossless, but accepts less than rejection sampling.
 *
 * Only rows on the accepted path leave the device, and when the sampler's choice is the highest logit (`sampler.needs
 * === 'argmax'`) only one number a row.
 *
 * Source: greedy verification of M. Stern et al., "Blockwise Parallel Decoding" (2018), with the target's sampler in
 * place of the argmax, as transformers' assisted generation and llama.cpp's `common_sampler_sample_and_accept_n` do.
 *
 * @example
 * ```ts
 * import { exactMatch } from '@foretoken/verifier';
 *
 * const verifier = exactMatch();
 * // const verdict = verifier.verify({ tree, scores, sampler });
 * // verdict.tokens: what to emit; verdict.path: the nodes whose KV entries to keep
 * ```
 */
export function exactMatch(): Verifier {
  return { name: 'exact-match', lossless: true, verify };
}

function verify(input: VerificationInput): Verdict {
  const { tree, scores, sampler } = input;
  const highest = sampler.needs === 'argmax' ? scores.argmax() : undefined;
  return walkTree(input, (node, children) => {
    const token = (highest?.[node + 1] ?? sampler.sample(scores.row(node + 1))) as TokenId;
    const child = children.find((place) => tree?.tokens[place] === token);
    return child === undefined ? { token } : { child };
  });
}
