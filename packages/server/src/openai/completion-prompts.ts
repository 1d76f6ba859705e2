import type { Asker } from '../threads/tenant-thread.js';
import type { CompletionRequest } from './completion-schema.js';
import type { Generations } from './generations.js';

export interface CompletionPrompt {
  readonly param: string;
  readonly given: string | readonly number[];
}

export function completionPrompts(prompt: CompletionRequest['prompt']): readonly CompletionPrompt[] {
  if (typeof prompt === 'string' || isTokens(prompt)) return [{ param: 'prompt', given: prompt }];
  return prompt.map((given: string | readonly number[], index) => ({ param: `prompt[${index}]`, given }));
}

/**
 * Tokens of prompts. Special tokens in texts are recognised: whoever completes text writes all of it.
 *
 * @throws {ApiError} 400 as `Generations.tokens` and `Generations.checkPrompt`.
 */
export async function promptTokens(
  prompts: readonly CompletionPrompt[],
  generations: Generations,
  asker: Asker,
): Promise<readonly Int32Array[]> {
  const options = { specialTokens: true, maximumTokens: generations.maximumPromptTokens };
  const all: Int32Array[] = [];
  for (const { param, given } of prompts) {
    const tokens =
      typeof given === 'string'
        ? await generations.tokens({ kind: 'encode', text: given, options }, param, asker)
        : Int32Array.from(given);
    generations.checkPrompt(tokens, param);
    all.push(tokens);
  }
  return all;
}

function isTokens(prompt: readonly unknown[]): prompt is readonly number[] {
  return typeof prompt[0] === 'number';
}
