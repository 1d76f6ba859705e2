import type { BenchmarkPrompt } from '../prompts/read-prompts.js';

/** Body of a greedy request. */
export function chatBody({ messages }: BenchmarkPrompt, maximumTokens: number): Readonly<Record<string, unknown>> {
  return { messages, temperature: 0, max_tokens: maximumTokens };
}
