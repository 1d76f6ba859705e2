import type { z } from 'zod';
import { chatSchema } from '../chat-schema.js';
import { completionSchema } from '../completion-schema.js';
import { responsesSchema } from '../responses/responses-schema.js';
import { UNSUPPORTED_IN_RESPONSES } from '../responses/unsupported.js';
import { applyTemplateSchema, detokenizeSchema, tokenizeSchema } from '../text-schemas.js';
import { UNSUPPORTED_PARAMETERS, type UnsupportedParameters } from '../unsupported-parameters.js';

/** What the bodies of an endpoint are held against. */
export interface BodySchema {
  readonly schema: z.ZodType;
  /** What exists elsewhere and not here. */
  readonly unsupported: UnsupportedParameters;
}

const SCHEMAS: ReadonlyMap<string, BodySchema> = new Map(
  Object.entries({
    '/v1/chat/completions': { schema: chatSchema, unsupported: UNSUPPORTED_PARAMETERS },
    '/v1/completions': { schema: completionSchema, unsupported: UNSUPPORTED_PARAMETERS },
    '/v1/responses': { schema: responsesSchema, unsupported: UNSUPPORTED_IN_RESPONSES },
    '/tokenize': { schema: tokenizeSchema, unsupported: UNSUPPORTED_PARAMETERS },
    '/detokenize': { schema: detokenizeSchema, unsupported: UNSUPPORTED_PARAMETERS },
    '/apply-template': { schema: applyTemplateSchema, unsupported: UNSUPPORTED_PARAMETERS },
  }),
);

/** Of an endpoint by its path, however that is written; `undefined` where there is none with bodies. */
export function bodySchemaOf(path: string): BodySchema | undefined {
  return SCHEMAS.get(path.toLowerCase().replace(/\/$/, ''));
}
