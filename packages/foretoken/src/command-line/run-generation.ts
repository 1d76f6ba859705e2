import type { GenerationEvent } from '@foretoken/core';
import type { ChatMessage } from '@foretoken/core/text';
import { collectGeneration, type GenerationResult } from '../decoder/collect-generation.js';
import type { Decoder, GenerateOptions } from '../decoder/decoder.js';

/** Has a prompt answered to its end. `onEvent` is called with every event. */
export async function runGeneration(
  decoder: Decoder,
  prompt: string | readonly ChatMessage[],
  options: GenerateOptions,
  onEvent: (event: GenerationEvent) => void = () => {},
): Promise<GenerationResult> {
  const promptTokens = decoder.encode(prompt);
  return collectGeneration({
    events: decoder.generate(promptTokens, options),
    promptTokens,
    device: decoder.device,
    speculative: options.draft !== 'none',
    onEvent,
  });
}
