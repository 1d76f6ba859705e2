import type { GenerationResult } from '../decoder/collect-generation.js';

/** Says in one line that an answer is not whole, and what helps; `undefined` of one that came to its end. */
export function describeLimit(
  { finishReason, tokens }: GenerationResult,
  limits: { readonly maxTokens: number; readonly contextLength: number },
): string | undefined {
  if (finishReason !== 'length') return undefined;
  const { maxTokens, contextLength } = limits;
  return tokens.length >= maxTokens
    ? `the answer was cut off at its limit of ${maxTokens} tokens (--max-tokens)`
    : `the answer was cut off: prompt and answer fill the context of ${contextLength} tokens (--context-length)`;
}
