import { InvalidConstraintError } from '../errors.js';
import { MAX_CONSTRAINT_LENGTH } from '../limits.js';
import type { OutputConstraint } from '../output-constraint.js';
import type { GrammarSource } from '../thread/protocol.js';
import { safeGrammar } from './ebnf.js';
import { regexGrammar } from './regex-grammar.js';
import { schemaGrammar } from './schema-grammar.js';
import { parseSchemaJson } from './schema-json.js';
import { expandStructuralTag } from './structural-tag.js';

/**
 * A constraint in a form that xgrammar reads. Throws `InvalidConstraintError`.
 *
 * @param onUnheld - see `schemaGrammar`
 */
export function grammarSourceOf(constraint: OutputConstraint, onUnheld?: () => void): GrammarSource {
  switch (constraint.kind) {
    case 'json':
      return { kind: 'ebnf', text: schemaGrammar(true) };
    case 'json-schema':
      return { kind: 'ebnf', text: schemaGrammar(parseJson('schema', constraint.schema), onUnheld) };
    case 'regex':
      return { kind: 'ebnf', text: regexGrammar(limited('pattern', constraint.pattern)) };
    case 'grammar':
      return { kind: 'ebnf', text: safeGrammar(limited('grammar', constraint.grammar)) };
    case 'structural-tag':
      return { kind: 'structural-tag', json: JSON.stringify(expandStructuralTag(parseJson('tag', constraint.tag))) };
  }
}

function parseJson(what: string, json: string): unknown {
  try {
    return parseSchemaJson(limited(what, json));
  } catch (error) {
    if (error instanceof InvalidConstraintError) throw error;
    throw new InvalidConstraintError(
      `The ${what} is not JSON: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function limited(what: string, value: string): string {
  if (value.length <= MAX_CONSTRAINT_LENGTH) return value;
  throw new InvalidConstraintError(
    `The ${what} has ${value.length} characters; at most ${MAX_CONSTRAINT_LENGTH} are possible.`,
    { length: value.length },
  );
}
