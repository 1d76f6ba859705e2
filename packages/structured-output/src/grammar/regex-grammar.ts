import { printRules } from './expression.js';
import { parseRegularExpression } from './regular-expression.js';

/** A grammar of the texts that match a pattern as a whole. Throws `InvalidConstraintError`. */
export function regexGrammar(pattern: string): string {
  return printRules(new Map([['root', parseRegularExpression(pattern, { path: '' })]]));
}
