import { InvalidConstraintError } from '../errors.js';
import { ANY_CHARACTER } from './character-set.js';
import { EMPTY, type Expression, repeat } from './expression.js';
import { ANY_STRING, jsonCharacter, jsonString, stringOfLength } from './json-text.js';
import { parseRegularExpression } from './regular-expression.js';
import { countOf, type Schema, stringOf } from './schema.js';
import { STRING_FORMATS } from './string-formats.js';

const ANYTHING = repeat(jsonCharacter(ANY_CHARACTER) ?? EMPTY, 0);

/** A string with a pattern, of a format, or of a length. */
export function writeString(schema: Schema, path: string): Expression {
  const pattern = stringOf(schema, 'pattern', path);
  const format = STRING_FORMATS.get(stringOf(schema, 'format', path) ?? '');
  const minimum = countOf(schema, 'minLength', path);
  const maximum = countOf(schema, 'maxLength', path);
  const given = [pattern, format, minimum ?? maximum].filter((value) => value !== undefined);
  if (given.length > 1) {
    throw new InvalidConstraintError(
      'Of pattern, format and minLength or maxLength only one is supported at a time; put the length into the pattern ("^[a-z]{2,8}$").',
      { path },
    );
  }
  const expression = pattern ?? format;
  if (expression !== undefined) {
    return jsonString(
      parseRegularExpression(expression, { character: jsonCharacter, around: ANYTHING, path: `${path}/pattern` }),
    );
  }
  if (minimum !== undefined && maximum !== undefined && minimum > maximum) {
    throw new InvalidConstraintError(`A string can't have at least ${minimum} and at most ${maximum} characters.`, {
      path,
    });
  }
  return minimum === undefined && maximum === undefined ? ANY_STRING : stringOfLength(minimum ?? 0, maximum);
}
