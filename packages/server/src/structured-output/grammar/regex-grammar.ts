import { ANY_CHARACTER, without } from './character-set.js';
import { characters, printRules } from './expression.js';
import { parseRegularExpression } from './regular-expression.js';

/** A grammar of the texts that match a pattern as a whole. Throws `InvalidConstraintError`. */
export function regexGrammar(pattern: string): string {
  const root = parseRegularExpression(pattern, {
    character: (set) => {
      const written = without(set, HALVES);
      return written.length === 0 ? undefined : characters(written);
    },
    path: '',
  });
  return printRules(new Map([['root', root]]));
}

/** Halves of surrogate pairs, which no UTF-8 text has. */
const HALVES = without([[0, 0x10ffff]], ANY_CHARACTER);
