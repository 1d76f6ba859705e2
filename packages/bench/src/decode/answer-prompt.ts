import type { Decoder, DraftMode } from 'foretoken';
import { forgetPrompt } from '../prompts/forget-prompt.js';
import type { BenchmarkPrompt } from '../prompts/read-prompts.js';
import type { DecodeSample } from './decode-record.js';

/** Reads a whole prompt and answers it greedily. */
export async function answerPrompt(
  decoder: Decoder,
  { id: prompt, category, messages }: BenchmarkPrompt,
  options: { readonly draft: DraftMode; readonly maximumTokens: number },
): Promise<Omit<DecodeSample, 'repeat' | 'turn' | 'method'>> {
  await forgetPrompt(decoder);
  const { draft, maximumTokens } = options;
  return { prompt, category, ...(await wholeAnswer(decoder.chat(messages, { draft, maxTokens: maximumTokens }))) };
}

/** Reads a generation to its end. */
export async function wholeAnswer(
  events: ReturnType<Decoder['generate']>,
): Promise<Pick<DecodeSample, 'tokens' | 'finishReason' | 'statistics'>> {
  const tokens: number[] = [];
  for await (const event of events) {
    if (event.kind === 'round') tokens.push(...event.round.tokens);
    else return { tokens, finishReason: event.reason, statistics: event.statistics };
  }
  throw new Error('The generation ended without a finish event.');
}
