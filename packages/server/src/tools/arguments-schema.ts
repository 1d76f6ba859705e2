import { InvalidConstraintError, schemaGrammar } from '@foretoken/structured-output';
import { InvalidToolsError } from './errors.js';
import { relaxSchema } from './relax-schema.js';
import type { ToolDefinition } from './tool-definition.js';

const NO_ARGUMENTS = { type: 'object', properties: {}, additionalProperties: false };
const ANY_ARGUMENTS = { type: 'object' };

/** Which schema a call's arguments are held to: the function's own, what can be promised of it, or "an object". */
export type SchemaChoice =
  | { readonly kind: 'own' | 'relaxed' | 'any' }
  /** A strict function's own schema can't be held to. */
  | { readonly kind: 'refused'; readonly message: string };

/** Finds out what can be promised of a function's schema. It writes grammars, which takes up to a second. */
export function chooseSchema({ function: described }: ToolDefinition): SchemaChoice {
  const { parameters, strict } = described;
  if (parameters === undefined) return { kind: 'own' };
  const reason = whyImpossible(asObject(parameters));
  if (reason === undefined) return { kind: 'own' };
  if (strict === true) return { kind: 'refused', message: `${reason} (The function is strict.)` };
  return { kind: whyImpossible(relaxed(parameters)) === undefined ? 'relaxed' : 'any' };
}

/** The keywords that grammars are written for in no time, however often they occur. */
const CHEAP: ReadonlySet<string> = new Set(
  '$schema additionalProperties const default description enum examples items nullable properties required title type'.split(
    ' ',
  ),
);

/** Whether `chooseSchema` takes no time worth mentioning for a small schema. */
export function isCheap(schema: unknown): boolean {
  if (Array.isArray(schema)) return schema.every(isCheap);
  if (typeof schema !== 'object' || schema === null) return true;
  return Object.entries(schema).every(([keyword, value]) => {
    if (keyword === 'properties') return Object.values(value ?? {}).every(isCheap);
    return CHEAP.has(keyword) && (keyword !== 'items' || isCheap(value));
  });
}

/**
 * The schema that a call's arguments are held to.
 *
 * @throws {InvalidToolsError} a strict function whose schema can't be held to.
 */
export function argumentsSchema(
  { function: { parameters } }: ToolDefinition,
  { parameter, choice }: { readonly parameter: string; readonly choice: SchemaChoice },
): object {
  if (parameters === undefined) return NO_ARGUMENTS;
  switch (choice.kind) {
    case 'own':
      return asObject(parameters);
    case 'relaxed':
      return relaxed(parameters);
    case 'any':
      return ANY_ARGUMENTS;
    case 'refused':
      throw new InvalidToolsError(`${parameter}.parameters`, choice.message);
  }
}

function relaxed(parameters: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return asObject(relaxSchema(asObject(parameters)) as Readonly<Record<string, unknown>>);
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

function whyImpossible(schema: object): string | undefined {
  try {
    schemaGrammar(schema);
    return undefined;
  } catch (error) {
    if (error instanceof InvalidConstraintError) return error.message;
    throw error;
  }
}
