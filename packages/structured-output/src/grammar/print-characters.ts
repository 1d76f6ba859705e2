import { InvalidConstraintError } from '../errors.js';
import {
  ANY_CHARACTER,
  BEYOND_ASCII,
  type CharacterSet,
  characterSet,
  charactersOf,
  LAST_ASCII,
  sizeOf,
  without,
} from './character-set.js';

/** Most characters beyond ASCII that a set may list: each becomes an alternative. */
const MAX_LISTED = 128;

/**
 * A set as xgrammar's EBNF. Its classes get characters beyond ASCII wrong, in ranges and when they are excluded; right
 * are classes of ASCII characters, and classes of all but some ASCII characters, which hold everything beyond.
 */
export function printCharacters(set: CharacterSet): string {
  const ascii = without(set, BEYOND_ASCII);
  const beyond = without(set, characterSet([0, LAST_ASCII]));
  if (beyond.length === 0) return printClass('', ascii);
  if (without(BEYOND_ASCII, beyond).length === 0) {
    const excluded = without(without(ANY_CHARACTER, BEYOND_ASCII), ascii);
    return excluded.length > 0 ? printClass('^', excluded) : '([^\\n] | "\\n")';
  }
  if (sizeOf(beyond) > MAX_LISTED) {
    throw new InvalidConstraintError(
      `A set of characters may hold all beyond ASCII or at most ${MAX_LISTED} of them; one here holds ${sizeOf(beyond)}.`,
    );
  }
  const listed = charactersOf(beyond).map((point) => printText(String.fromCodePoint(point)));
  return `(${[...(ascii.length > 0 ? [printClass('', ascii)] : []), ...listed].join(' | ')})`;
}

export function printText(text: string): string {
  const escaped = [...text].map((character) => {
    const point = character.codePointAt(0) ?? 0;
    return point > LAST_ASCII || /[a-zA-Z0-9 ,:{}_<>./-]/.test(character) ? character : code(point);
  });
  return `"${escaped.join('')}"`;
}

function printClass(prefix: '' | '^', set: CharacterSet): string {
  const ranges = set.map(([first, last]) => (first === last ? code(first) : `${code(first)}-${code(last)}`));
  return `[${prefix}${ranges.join('')}]`;
}

function code(point: number): string {
  // Not `\\x22`, which reads on while there are hexadecimal digits.
  return `\\u${point.toString(16).padStart(4, '0')}`;
}
