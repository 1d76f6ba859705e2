import type { Decoder, DraftMode } from 'foretoken';
import type { BenchmarkPrompt } from '../prompts/read-prompts.js';
import type { DecodeSample } from './decode-record.js';

/** What one generation gave. */
export type AnswerSample = Omit<DecodeSample, 'repeat' | 'turn' | 'method'>;

/** Answers a prompt greedily. */
export async function answerPrompt(
  decoder: Decoder,
  { id, category, messages }: BenchmarkPrompt,
  options: { readonly draft: DraftMode; readonly maximumTokens: number },
): Promise<AnswerSample> {
  const tokens: number[] = [];
  for await (const event of decoder.chat(messages, { draft: options.draft, maxTokens: options.maximumTokens })) {
    if (event.kind === 'token') {
      tokens.push(event.token);
      continue;
    }
    return { prompt: id, category, tokens, finishReason: event.reason, statistics: event.statistics };
  }
  throw new Error('The generation ended without a finish event.');
}
