import type { ErrorObject, ValidateFunction } from 'ajv';
import { compileSchema } from './compile-schema.js';
import { InvalidConstraintError, RepeatedItemsError } from './errors.js';

/** What a check needs of the events of an answer. */
type AnswerEvent = { readonly kind: string } | { readonly kind: 'round' | 'finish'; readonly text: string };

/** Looks at a finished answer, and throws `RepeatedItemsError`. */
export type AnswerCheck = (text: string) => void;

/** Characters of a value that an error shows. */
const MOST_SHOWN = 100;

/**
 * Checks `uniqueItems` of a schema where a grammar can't enforce it.
 *
 * @param schema - JSON text
 * @throws {InvalidConstraintError} where that can't be checked.
 */
export function uniqueItemsCheck(schema: string): AnswerCheck {
  const validate = compiled(JSON.parse(schema) as object);
  return (text) => {
    const answer = finished(text);
    if (answer === undefined || validate(answer)) return;
    const repeated = validate.errors?.find(({ keyword }) => keyword === 'uniqueItems');
    if (repeated !== undefined) throw repeatedItems(repeated);
  };
}

function compiled(schema: object): ValidateFunction {
  try {
    return compileSchema(schema, { allErrors: true, verbose: true });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidConstraintError(
      `uniqueItems can't be checked beside the rest of the schema (${reason}); leave it out and check the answer.`,
    );
  }
}

/** The answer's value; `undefined` for one that was cut off, by its limit or a stop string. */
function finished(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function repeatedItems({ schemaPath, data, params }: ErrorObject): RepeatedItemsError {
  const item: unknown = (data as readonly unknown[])[(params as { readonly i: number }).i];
  const value = JSON.stringify(item);
  const path = schemaPath.slice('#'.length, -'/uniqueItems'.length);
  return new RepeatedItemsError(path, value.length > MOST_SHOWN ? `${value.slice(0, MOST_SHOWN)}…` : value);
}

/** Passes the events on; the last one only if the complete text passes the check. */
export function checkedAnswer<E extends AnswerEvent>(
  events: AsyncIterable<E>,
  check: AnswerCheck | undefined,
): AsyncIterable<E> {
  return check === undefined ? events : checked(events, check);
}

async function* checked<E extends AnswerEvent>(events: AsyncIterable<E>, check: AnswerCheck): AsyncIterable<E> {
  let text = '';
  for await (const event of events) {
    if ('text' in event) text += event.text;
    if (event.kind === 'finish') check(text);
    yield event;
  }
}
