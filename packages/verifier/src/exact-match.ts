import type { DraftTree, TokenId, Verdict, VerificationInput, Verifier } from '@foretoken/core';

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

function verify({ tree, scores, sampler, stopsAfter }: VerificationInput): Verdict {
  const highest = sampler.needs === 'argmax' ? scores.argmax() : undefined;
  const path: number[] = [];
  const tokens: TokenId[] = [];
  for (let node = -1; ; ) {
    const token = (highest?.[node + 1] ?? sampler.sample(scores.row(node + 1))) as TokenId;
    sampler.accept(token);
    tokens.push(token);
    const { child, guessed } = childWith(tree, node, token);
    const stopped = stopsAfter?.(token) ?? false;
    if (child === undefined) return guessed ? { path, tokens, rejectedAt: path.length } : { path, tokens };
    path.push(child);
    if (stopped) return { path, tokens };
    node = child;
  }
}

/** The child of `node` that carries `token`, and whether the node has children at all. Children come after their parent. */
function childWith(
  tree: DraftTree | undefined,
  node: number,
  token: TokenId,
): { readonly child: number | undefined; readonly guessed: boolean } {
  let guessed = false;
  if (tree === undefined) return { child: undefined, guessed };
  for (let i = node + 1; i < tree.tokens.length; i++) {
    if (tree.parents[i] !== node) continue;
    if (tree.tokens[i] === token) return { child: i, guessed: true };
    guessed = true;
  }
  return { child: undefined, guessed };
}
