import type { z } from 'zod';
import { checkTools } from '../../tools/index.js';
import { chatSchema } from '../chat-schema.js';
import { completionSchema } from '../completion-schema.js';
import { refuseTools } from '../responses/refuse-tools.js';
import { responsesSchema } from '../responses/responses-schema.js';
import { UNSUPPORTED_IN_RESPONSES } from '../responses/unsupported.js';
import { applyTemplateSchema, detokenizeSchema, tokenizeSchema } from '../text-schemas.js';
import { UNSUPPORTED_PARAMETERS, type UnsupportedParameters } from '../unsupported-parameters.js';

/** What the bodies of an endpoint are held against. */
export interface BodySchema {
  readonly schema: z.ZodType;
  /** What exists elsewhere and not here. */
  readonly unsupported: UnsupportedParameters;
  /** What its values may be beside the schema. Throws `InvalidToolsError`. */
  readonly check: (data: unknown) => void;
}

function endpoint<S extends z.ZodType>(
  schema: S,
  unsupported: UnsupportedParameters,
  check: (data: z.output<S>) => void = () => {},
): BodySchema {
  return { schema, unsupported, check: (data) => check(data as z.output<S>) };
}

const SCHEMAS: ReadonlyMap<string, BodySchema> = new Map(
  Object.entries({
    '/v1/chat/completions': endpoint(chatSchema, UNSUPPORTED_PARAMETERS, ({ tools = [] }) => checkTools(tools)),
    '/v1/completions': endpoint(completionSchema, UNSUPPORTED_PARAMETERS),
    '/v1/responses': endpoint(responsesSchema, UNSUPPORTED_IN_RESPONSES, ({ tools = [] }) => {
      try {
        checkTools(tools.map(({ type, ...described }) => ({ type, function: described })));
      } catch (error) {
        refuseTools(error);
      }
    }),
    '/tokenize': endpoint(tokenizeSchema, UNSUPPORTED_PARAMETERS),
    '/detokenize': endpoint(detokenizeSchema, UNSUPPORTED_PARAMETERS),
    '/apply-template': endpoint(applyTemplateSchema, UNSUPPORTED_PARAMETERS, ({ tools = [] }) => checkTools(tools)),
  }),
);

/** Of an endpoint by its path, however that is written; `undefined` where there is none with bodies. */
export function bodySchemaOf(path: string): BodySchema | undefined {
  return SCHEMAS.get(path.toLowerCase().replace(/\/$/, ''));
}
