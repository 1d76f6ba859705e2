import type { Decoder } from 'foretoken';

/**
 * Answers something else, so that the next prompt is read as a whole: a decoder keeps the KV entries of its last text, and
 * whoever answers a prompt second would not have to read it.
 */
export async function forgetPrompt(decoder: Decoder): Promise<void> {
  await decoder.complete('.', { maxTokens: 1, draft: 'none' });
}
