import type { Tokenizer } from '@foretoken/core/text';
import type { CompletionRequest } from './completion-schema.js';

/** One prompt with the parameter that it came as. */
export interface CompletionPrompt {
  readonly param: string;
  readonly tokens: Int32Array;
}

/** The prompts of a request. Special tokens in texts are recognised: whoever completes text writes all of it. */
export function completionPrompts(
  prompt: CompletionRequest['prompt'],
  tokenizer: Tokenizer,
): readonly CompletionPrompt[] {
  if (typeof prompt === 'string') return [{ param: 'prompt', tokens: encode(prompt, tokenizer) }];
  if (isTokens(prompt)) return [{ param: 'prompt', tokens: Int32Array.from(prompt) }];
  return prompt.map((one: string | readonly number[], index) => ({
    param: `prompt[${index}]`,
    tokens: typeof one === 'string' ? encode(one, tokenizer) : Int32Array.from(one),
  }));
}

function encode(text: string, tokenizer: Tokenizer): Int32Array {
  return tokenizer.encode(text, { specialTokens: true });
}

function isTokens(prompt: readonly unknown[]): prompt is readonly number[] {
  return typeof prompt[0] === 'number';
}
