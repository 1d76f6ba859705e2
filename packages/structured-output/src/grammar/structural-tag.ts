import { InvalidConstraintError } from '../errors.js';
import { MAX_CONSTRAINT_NESTING } from '../limits.js';
import { safeGrammar } from './ebnf.js';
import { regexGrammar } from './regex-grammar.js';
import { schemaGrammar } from './schema-grammar.js';

/**
 * A structural tag with its schemas and patterns as grammars of ours, so that they hold what the same ones hold outside
 * of a tag. Throws `InvalidConstraintError`; the path leads into the tag.
 */
export function expandStructuralTag(tag: unknown): unknown {
  return expand(tag, '', 0);
}

function expand(value: unknown, path: string, depth: number): unknown {
  if (depth > 2 * MAX_CONSTRAINT_NESTING) throw new InvalidConstraintError('The tag is nested too deep.', { path });
  if (Array.isArray(value)) return value.map((item, i) => expand(item, `${path}/${i}`, depth + 1));
  if (typeof value !== 'object' || value === null) return value;
  const format = value as Readonly<Record<string, unknown>>;
  const schema = format.json_schema;
  if (format.type === 'json_schema') return { type: 'grammar', grammar: within(path, () => schemaGrammar(schema)) };
  if (format.type === 'qwen_xml_parameter') {
    throw new InvalidConstraintError('The format qwen_xml_parameter is not supported; use json_schema.', { path });
  }
  if (format.type === 'regex') {
    return { type: 'grammar', grammar: within(path, () => regexGrammar(String(format.pattern))) };
  }
  if (format.type === 'grammar') {
    return { ...format, grammar: within(path, () => safeGrammar(String(format.grammar))) };
  }
  return Object.fromEntries(
    Object.entries(format).map(([key, item]) => [key, expand(item, `${path}/${key}`, depth + 1)]),
  );
}

function within<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof InvalidConstraintError)) throw error;
    throw new InvalidConstraintError(error.message, { path });
  }
}
