import type { TokenLogprobs } from '@foretoken/core';
import type { Tokenizer } from '@foretoken/core/text';

/** A token that was chosen, with the model's own view of its position. */
export interface ChosenToken {
  readonly token: number;
  /** What this token added to the answer's text. */
  readonly text: string;
  readonly logprobs: TokenLogprobs;
}

/** The lowest number that goes in place of minus infinity, which JSON lacks; OpenAI's API has the same. */
const LOWEST_LOGPROB = -9999;

/** Logprobs of a chat answer, as OpenAI's API has them. */
export function chatLogprobs(chosen: readonly ChosenToken[], tokenizer: Tokenizer) {
  return {
    content: chosen.map(({ token, logprobs }) => ({
      ...tokenLogprob(token, logprobs.logprob, tokenizer),
      top_logprobs: logprobs.top.tokens.map((other, index) =>
        tokenLogprob(other, logprobs.top.logprobs[index] ?? LOWEST_LOGPROB, tokenizer),
      ),
    })),
    refusal: null,
  };
}

function tokenLogprob(token: number, logprob: number, tokenizer: Tokenizer) {
  // UTF-8 bytes, for a token may be a part of a character.
  return { token: tokenizer.tokenText(token), logprob: finite(logprob), bytes: [...tokenizer.tokenBytes(token)] };
}

/**
 * Logprobs of a completion, as OpenAI's API has them. Arrays have one entry a token.
 *
 * @param options.offset - length of the answer's text before the first of these tokens
 * @param options.likeliest - how many were asked for; 0: the chosen token alone
 */
export function completionLogprobs(
  chosen: readonly ChosenToken[],
  tokenizer: Tokenizer,
  options: { readonly offset: number; readonly likeliest: number },
) {
  let offset = options.offset;
  const offsets = chosen.map(({ text }) => {
    const start = offset;
    offset += text.length;
    return start;
  });
  return {
    tokens: chosen.map(({ token }) => tokenizer.tokenText(token)),
    token_logprobs: chosen.map(({ logprobs }) => finite(logprobs.logprob)),
    /** By the tokens' texts; of tokens with the same text the likeliest. */
    top_logprobs:
      options.likeliest === 0 ? null : chosen.map(({ token, logprobs }) => likeliestByText(token, logprobs, tokenizer)),
    /** Where each token's text begins in the answer, in UTF-16 units. */
    text_offset: offsets,
  };
}

/** The chosen token is among them whether or not it is one of the likeliest, as OpenAI's API has it. */
function likeliestByText(token: number, logprobs: TokenLogprobs, tokenizer: Tokenizer): Record<string, number> {
  const byText = new Map<string, number>();
  const add = (id: number, logprob: number): void => {
    const text = tokenizer.tokenText(id);
    if (!byText.has(text)) byText.set(text, finite(logprob));
  };
  for (const [index, other] of logprobs.top.tokens.entries())
    add(other, logprobs.top.logprobs[index] ?? LOWEST_LOGPROB);
  add(token, logprobs.logprob);
  // A token may be called `__proto__`: Object.fromEntries makes a property of that name where assignment would not.
  return Object.fromEntries(byText);
}

function finite(logprob: number): number {
  return Math.max(LOWEST_LOGPROB, logprob);
}
