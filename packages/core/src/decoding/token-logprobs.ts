import type { TokenLogprobs } from '../contracts/generation-event.js';
import { topTokens } from '../sampling/truncation.js';

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
  const tokens = top === 0 ? [] : [...topTokens(logits, Math.min(top, logits.length))];
  return { logprob: logprob(token), top: { tokens, logprobs: tokens.map(logprob) } };
}
