import type { CharacterSet } from './character-set.js';
import { characters, type Expression, printRules } from './expression.js';
import { parseRegularExpression } from './regular-expression.js';

/** A grammar of the texts that match a pattern as a whole. Throws `InvalidConstraintError`. */
export function regexGrammar(pattern: string): string {
  const character = (set: CharacterSet): Expression | undefined => (set.length === 0 ? undefined : characters(set));
  return printRules(new Map([['root', parseRegularExpression(pattern, { character, path: '' })]]));
}
