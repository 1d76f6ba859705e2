import { InvalidConstraintError } from '../errors.js';
import { expressionAutomaton } from './automata.js';
import { type Automaton, type AutomatonContext, writeIntersection } from './automaton.js';
import { ANY_CHARACTER } from './character-set.js';
import { EMPTY, type Expression, repeat } from './expression.js';
import { ANY_STRING, jsonCharacter, jsonString, stringOfLength } from './json-text.js';
import { takeLookaheads } from './lookaheads.js';
import { ANY_TEXT, parseRegularExpression } from './regular-expression.js';
import { countOf, type Schema, stringOf } from './schema.js';
import { SHORT_FORMATS, STRING_FORMATS } from './string-formats.js';

const ANYTHING = repeat(jsonCharacter(ANY_CHARACTER) ?? EMPTY, 0);

/** A string with a pattern, of a format, and of a length. */
export function writeString(schema: Schema, context: AutomatonContext): Expression {
  const { path } = context;
  const pattern = stringOf(schema, 'pattern', path);
  const format = STRING_FORMATS.get(stringOf(schema, 'format', path) ?? '');
  const minimum = countOf(schema, 'minLength', path);
  const maximum = countOf(schema, 'maxLength', path);
  if (minimum !== undefined && maximum !== undefined && minimum > maximum) {
    throw new InvalidConstraintError(`A string can't have at least ${minimum} and at most ${maximum} characters.`, {
      path,
    });
  }
  const isBounded = (minimum ?? 0) > 0 || maximum !== undefined;
  const single = [pattern, format].filter((value) => value !== undefined);
  if (single.length === 0) return isBounded ? stringOfLength(minimum ?? 0, maximum) : ANY_STRING;
  const [only = ''] = single;
  if (single.length === 1 && !isBounded && takeLookaheads(only).lookaheads.length === 0) {
    const options = { character: jsonCharacter, around: ANYTHING, path: `${path}/pattern` };
    return jsonString(parseRegularExpression(only, options));
  }
  const short = maximum === undefined ? undefined : SHORT_FORMATS.get(stringOf(schema, 'format', path) ?? '');
  const automata = [
    ...(pattern === undefined ? [] : patternAutomata(pattern, { ...context, path: `${path}/pattern` })),
    ...(format === undefined ? [] : patternAutomata(short ?? format, { ...context, path: `${path}/format` })),
  ];
  const length = isBounded ? { length: { minimum: minimum ?? 0, maximum } } : {};
  return jsonString(writeIntersection(automata, { character: jsonCharacter, ...context, ...length }));
}

/** The automata that together accept what a pattern does: one for each of its lookaheads, and one for the rest. */
function patternAutomata(pattern: string, context: AutomatonContext): readonly Automaton<unknown>[] {
  const { lookaheads, rest } = takeLookaheads(pattern);
  return [...lookaheads, { pattern: rest, negated: false }].map(({ pattern: part, negated }) =>
    expressionAutomaton(parseRegularExpression(part, { around: ANY_TEXT, path: context.path }), context, negated),
  );
}
