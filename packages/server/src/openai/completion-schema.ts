import { z } from 'zod';
import { generationParameters } from './generation-schema.js';
import { MAX_LIKELIEST, MAX_PROMPTS, MAX_TEXT_LENGTH, MAX_TOKENS } from './limits.js';
import { parameter } from './parameter.js';

const text = z.string().max(MAX_TEXT_LENGTH);
const token = z.number().int().min(0);
const tokens = z.array(token).min(1).max(MAX_TOKENS);

/** A text, some texts, tokens, or some lists of tokens. */
const prompt = z.union([text, tokens, z.array(text).min(1).max(MAX_PROMPTS), z.array(tokens).min(1).max(MAX_PROMPTS)], {
  error: `must be a text, an array of token ids, or an array of at most ${MAX_PROMPTS} of either`,
});

/** Body of `POST /v1/completions`. */
export const completionSchema = z.strictObject({
  prompt: parameter(prompt, `a text, tokens, or an array of at most ${MAX_PROMPTS} of either`, 'required'),
  ...generationParameters,
  logprobs: parameter(
    z.number().int().min(0).max(MAX_LIKELIEST).optional(),
    `logprobs of each token, with so many of the likeliest, at most ${MAX_LIKELIEST}`,
  ),
});

export type CompletionRequest = z.output<typeof completionSchema>;
