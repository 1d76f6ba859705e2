import { ANY_CHARACTER, type CharacterSet, characterSet, includes, oneOf, sizeOf, without } from './character-set.js';
import { characters, choice, type Expression, repeat, rule, sequence, text } from './expression.js';

/** JSON as Python's `json.dumps` writes it, which models have seen most: a space after colons and commas, no other. */
export const ITEM_SEPARATOR = ', ';
export const KEY_SEPARATOR = ': ';

const ESCAPED_BY_NAME: readonly (readonly [string, string])[] = [
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
];

/** Characters that stand for themselves in a JSON string. */
const UNESCAPED = without(ANY_CHARACTER, characterSet([0, 0x1f], [0x22, 0x22], [0x5c, 0x5c]));
const QUOTE = text('"');

/** A set with so many characters is one of "anything but". */
const MANY = 256;

/**
 * One character of a set, as a JSON string writes it. `undefined` when it can write none of them. Of a large set only
 * what needs no backslash: two ways to write a character cost a lot where most tokens are possible.
 */
export function jsonCharacter(set: CharacterSet): Expression | undefined {
  const plain = without(set, without(ANY_CHARACTER, UNESCAPED));
  const named = ESCAPED_BY_NAME.filter(([character]) => includes(set, character.codePointAt(0) ?? 0));
  const options = [
    ...(plain.length > 0 ? [characters(plain)] : []),
    ...(named.length > 0 && sizeOf(plain) < MANY
      ? [sequence(text('\\'), characters(oneOf(named.map(([, written]) => written.slice(1)).join(''))))]
      : []),
  ];
  return options.length === 0 ? undefined : choice(...options);
}

export function jsonString(content: Expression): Expression {
  return sequence(QUOTE, content, QUOTE);
}

/** A string of so many characters, none of them with a backslash. */
export function stringOfLength(minimum: number, maximum: number | undefined): Expression {
  return jsonString(repeat(characters(UNESCAPED), minimum, maximum));
}

/** A value written out; text that `JSON.parse` gives back as the value. */
export function jsonLiteral(value: unknown): Expression {
  return text(writeJson(value));
}

export function writeJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(writeJson).join(ITEM_SEPARATOR)}]`;
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).map(
    ([key, item]) => `${JSON.stringify(key)}${KEY_SEPARATOR}${writeJson(item)}`,
  );
  return `{${entries.join(ITEM_SEPARATOR)}}`;
}

const DIGITS = characters(characterSet([0x30, 0x39]));
const NOT_ZERO = characters(characterSet([0x31, 0x39]));

/** Up to 15 digits: more than a double holds, and a bound for models that repeat a digit for ever. */
const UNSIGNED_INTEGER = choice(text('0'), sequence(NOT_ZERO, repeat(DIGITS, 0, 14)));
export const ANY_INTEGER = sequence(repeat(text('-'), 0, 1), UNSIGNED_INTEGER);
export const ANY_NUMBER = sequence(
  ANY_INTEGER,
  repeat(sequence(text('.'), repeat(DIGITS, 1, 15)), 0, 1),
  repeat(sequence(characters(oneOf('eE')), repeat(characters(oneOf('+-')), 0, 1), repeat(DIGITS, 1, 2)), 0, 1),
);

/** Names of the rules that `jsonRules` gives. */
export const ANY_VALUE = rule('any_value');
export const ANY_OBJECT = rule('any_object');
export const ANY_ARRAY = rule('any_array');
export const ANY_STRING = rule('any_string');

/** Rules for any JSON. */
export function jsonRules(): Map<string, Expression> {
  const hexadecimal = characters(characterSet([0x30, 0x39], [0x41, 0x46], [0x61, 0x66]));
  // Not a repetition between quotes: this way the library finds what may follow much faster.
  const rest = rule('string_rest');
  const member = sequence(ANY_STRING, text(KEY_SEPARATOR), ANY_VALUE);
  return new Map([
    ['any_string', sequence(QUOTE, rest)],
    [
      'string_rest',
      choice(
        QUOTE,
        sequence(characters(UNESCAPED), rest),
        sequence(text('\\'), characters(oneOf('"\\/bfnrt')), rest),
        sequence(text('\\u'), repeat(hexadecimal, 4, 4), rest),
      ),
    ],
    ['any_object', listed('{', '}', member, { minimum: 0 })],
    ['any_array', listed('[', ']', ANY_VALUE, { minimum: 0 })],
    ['any_value', choice(ANY_OBJECT, ANY_ARRAY, ANY_STRING, ANY_NUMBER, text('true'), text('false'), text('null'))],
  ]);
}

/** Items between brackets, after those of `first`, which all come; `maximum` counts them too. */
export function listed(
  open: string,
  close: string,
  item: Expression,
  { minimum, maximum, first = [] }: { minimum: number; maximum?: number | undefined; first?: readonly Expression[] },
): Expression {
  if (maximum === 0) return text(open + close);
  const separator = text(ITEM_SEPARATOR);
  const leading = first.length > 0 ? first : [item];
  const most = maximum === undefined ? undefined : maximum - leading.length;
  const some = sequence(
    text(open),
    ...leading.flatMap((part, i) => (i === 0 ? [part] : [separator, part])),
    repeat(sequence(separator, item), Math.max(0, minimum - leading.length), most),
    text(close),
  );
  return first.length > 0 || minimum > 0 ? some : choice(some, text(open + close));
}
