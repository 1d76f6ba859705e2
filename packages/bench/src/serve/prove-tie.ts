import { TIE_MARGIN } from '../lossless/compare-answers.js';
import { field } from './chat-chunk.js';

/** A token of an answer and the two that were likeliest in its place, as their bytes, likeliest first. */
export interface LikelyToken {
  readonly bytes: Uint8Array;
  readonly likeliest: readonly { readonly bytes: Uint8Array; readonly logprob: number }[];
}

/**
 * Whether the texts part at a tie: at the token where they part, the two likeliest ones are closer than `TIE_MARGIN`,
 * one text goes on with the one and the other text with the other. `tokens` are those of `text` given once more with
 * their logprobs; differences of logprobs are differences of logits.
 */
export function partsAtTie(text: string, other: string, tokens: readonly LikelyToken[]): boolean {
  const own = Buffer.from(text);
  const others = Buffer.from(other);
  let parting = 0;
  while (parting < own.length && own[parting] === others[parting]) parting++;
  let start = 0;
  for (const { bytes, likeliest } of tokens) {
    if (own.compare(bytes, 0, bytes.length, start, start + bytes.length) !== 0) return false;
    if (start + bytes.length <= parting) {
      start += bytes.length;
      continue;
    }
    const [best, second] = likeliest;
    if (best === undefined || second === undefined || best.logprob - second.logprob >= TIE_MARGIN) return false;
    const goesOn = (whole: Buffer, { bytes: next }: { readonly bytes: Uint8Array }): boolean =>
      whole.subarray(start, start + next.length).equals(next);
    return (goesOn(own, best) && goesOn(others, second)) || (goesOn(own, second) && goesOn(others, best));
  }
  return false;
}

/** Asks for an answer with the two likeliest tokens in each place. Throws an `Error` where there is none. */
export async function likelyTokens(
  url: string,
  body: Readonly<Record<string, unknown>>,
): Promise<readonly LikelyToken[]> {
  const response = await fetch(new URL('/v1/chat/completions', url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...body, logprobs: true, top_logprobs: 2 }),
  });
  const answer: unknown = await response.json();
  const choices = field(answer, 'choices');
  const content = field(field(Array.isArray(choices) ? choices[0] : undefined, 'logprobs'), 'content');
  if (!Array.isArray(content)) throw new Error(`The server answered ${response.status} without logprobs.`);
  return content.map((entry: unknown) => {
    const top = field(entry, 'top_logprobs');
    const likeliest = Array.isArray(top) ? top.map((one: unknown) => ({ ...bytesOf(one), ...logprobOf(one) })) : [];
    return { ...bytesOf(entry), likeliest };
  });
}

function bytesOf(entry: unknown): { readonly bytes: Uint8Array } {
  const bytes = field(entry, 'bytes');
  return { bytes: Array.isArray(bytes) ? Uint8Array.from(bytes) : new Uint8Array() };
}

function logprobOf(entry: unknown): { readonly logprob: number } {
  const logprob = field(entry, 'logprob');
  return { logprob: typeof logprob === 'number' ? logprob : Number.NaN };
}
