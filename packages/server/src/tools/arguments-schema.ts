import { InvalidConstraintError, schemaGrammar } from '@foretoken/structured-output';
import { InvalidToolsError } from './errors.js';
import { relaxSchema } from './relax-schema.js';
import type { ToolDefinition } from './tool-definition.js';

const NO_ARGUMENTS = { type: 'object', properties: {}, additionalProperties: false };
const ANY_ARGUMENTS = { type: 'object' };

/**
 * The schema that a call's arguments are held to. A strict function's is its own, or an error; of another one what can
 * be promised is kept, down to "an object".
 */
export function argumentsSchema({ function: described }: ToolDefinition, parameter: string): object {
  const { parameters, strict } = described;
  if (parameters === undefined) return NO_ARGUMENTS;
  const schema = asObject(parameters);
  if (strict === true) {
    try {
      schemaGrammar(schema);
      return schema;
    } catch (error) {
      if (!(error instanceof InvalidConstraintError)) throw error;
      throw new InvalidToolsError(`${parameter}.parameters`, `${error.message} (The function is strict.)`);
    }
  }
  return [schema, asObject(relaxSchema(schema) as Readonly<Record<string, unknown>>)].find(isPossible) ?? ANY_ARGUMENTS;
}

/** Arguments are an object; one that lists no properties takes none. */
function asObject(parameters: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { properties, additionalProperties } = parameters;
  const listed = typeof properties === 'object' && properties !== null && Object.keys(properties).length === 0;
  return {
    type: 'object',
    ...parameters,
    ...(listed && additionalProperties === undefined ? { additionalProperties: false } : {}),
  };
}

function isPossible(schema: object): boolean {
  try {
    schemaGrammar(schema);
    return true;
  } catch (error) {
    if (error instanceof InvalidConstraintError) return false;
    throw error;
  }
}
