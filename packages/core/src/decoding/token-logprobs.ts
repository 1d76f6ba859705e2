import type { TokenLogprobs } from '../contracts/generation-event.js';

/**
 * Natural logarithms of the softmax of raw logits (shape [vocabularySize]): of one token, and of the `top` likeliest,
 * the lower id first among equals.
 */
export function tokenLogprobs(logits: Float32Array, token: number, top: number): TokenLogprobs {
  let highest = Number.NEGATIVE_INFINITY;
  for (const logit of logits) if (logit > highest) highest = logit;
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - highest);
  const normaliser = highest + Math.log(sum);
  const logprob = (id: number): number => (logits[id] ?? Number.NEGATIVE_INFINITY) - normaliser;
  const tokens = likeliest(logits, top);
  return { logprob: logprob(token), top: { tokens, logprobs: tokens.map(logprob) } };
}

/** By insertion into a short sorted list: `count` is at most 20, and few of many tokens get past its end. */
function likeliest(logits: Float32Array, count: number): number[] {
  const best: number[] = [];
  if (count === 0) return best;
  for (let token = 0; token < logits.length; token++) {
    const logit = logits[token] ?? Number.NEGATIVE_INFINITY;
    if (best.length === count && logit <= (logits[best[count - 1] ?? 0] ?? 0)) continue;
    let at = best.length;
    while (at > 0 && (logits[best[at - 1] ?? 0] ?? 0) < logit) at--;
    best.splice(at, 0, token);
    if (best.length > count) best.pop();
  }
  return best;
}
