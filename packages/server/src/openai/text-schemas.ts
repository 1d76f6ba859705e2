import { z } from 'zod';
import { messagesSchema, templateParameters, toolsSchema } from './chat-schema.js';
import { MAX_TEXT_LENGTH, MAX_TOKENS } from './limits.js';

const text = z.string().max(MAX_TEXT_LENGTH);

/** Body of `POST /tokenize`. */
export const tokenizeSchema = z
  .strictObject({
    content: text.optional(),
    prompt: text.optional().describe("vLLM's name of content"),
    model: z.string().optional(),
    add_special: z.boolean().default(false).describe('Put the begin token first, where the model has one'),
    parse_special: z.boolean().default(true).describe('Recognise names of special tokens'),
    with_pieces: z.boolean().default(false).describe('Give the text of each token, too'),
  })
  .refine(({ content, prompt }) => (content === undefined) !== (prompt === undefined), {
    path: ['content'],
    message: 'give the text either as content or as prompt',
  });

/** Body of `POST /detokenize`. */
export const detokenizeSchema = z.strictObject({
  tokens: z.array(z.number().int().min(0)).max(MAX_TOKENS),
  model: z.string().optional(),
});

/** Body of `POST /apply-template`. */
export const applyTemplateSchema = z.strictObject({
  messages: messagesSchema,
  tools: toolsSchema.optional(),
  ...templateParameters,
  model: z.string().optional(),
});
