import { InvalidConstraintError } from '../errors.js';
import { MAX_GRAMMAR_POSITIONS } from '../limits.js';
import type { CharacterSet } from './character-set.js';
import { printCharacters, printText } from './print-characters.js';

/** A piece of a grammar. */
export type Expression =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'characters'; readonly set: CharacterSet }
  | { readonly kind: 'sequence'; readonly parts: readonly Expression[] }
  | { readonly kind: 'choice'; readonly options: readonly Expression[] }
  | {
      readonly kind: 'repeat';
      readonly of: Expression;
      readonly minimum: number;
      /** No limit when left out. */
      readonly maximum?: number | undefined;
    }
  | { readonly kind: 'rule'; readonly name: string };

export const EMPTY: Expression = { kind: 'text', text: '' };

export const text = (value: string): Expression => ({ kind: 'text', text: value });
export const characters = (set: CharacterSet): Expression => ({ kind: 'characters', set });
export const rule = (name: string): Expression => ({ kind: 'rule', name });

export function sequence(...parts: readonly Expression[]): Expression {
  const kept = parts.filter((part) => part.kind !== 'text' || part.text !== '');
  return kept.length === 1 && kept[0] !== undefined ? kept[0] : { kind: 'sequence', parts: kept };
}

/** At least one option is needed: a choice of none would match nothing. */
export function choice(...options: readonly Expression[]): Expression {
  return options.length === 1 && options[0] !== undefined ? options[0] : { kind: 'choice', options };
}

export function repeat(of: Expression, minimum: number, maximum?: number): Expression {
  if (maximum === 0) return EMPTY;
  return minimum === 1 && maximum === 1 ? of : { kind: 'repeat', of, minimum, maximum };
}

/** Rules by name, in the order in which they are written; `root` is where an answer begins. */
export type Rules = ReadonlyMap<string, Expression>;

/** The rules as xgrammar's EBNF. Throws `InvalidConstraintError` when they are too large to be compiled. */
export function printRules(rules: Rules): string {
  let positions = 0;
  for (const expression of rules.values()) positions += positionsOf(expression);
  if (positions > MAX_GRAMMAR_POSITIONS) {
    throw new InvalidConstraintError(
      `The constraint has ${positions} positions with its repetitions written out; at most ${MAX_GRAMMAR_POSITIONS} are possible. Lower its lengths (maxLength, maxItems, {m,n}) or leave parts out.`,
      { positions, limit: MAX_GRAMMAR_POSITIONS },
    );
  }
  const printer = new RulePrinter();
  const lines = [...rules].map(([name, expression]) => `${name} ::= ${printer.print(expression)}`);
  return [...lines, ...printer.lines].join('\n');
}

/** xgrammar writes out repetitions up to this bound, and so many positions of longer ones. */
const WRITTEN_OUT = 128;

/** Characters of a written text that cost about as much as a class of characters. */
const TEXT_OF_A_POSITION = 64;

/** How large an expression is once its repetitions are written out. */
export function positionsOf(expression: Expression): number {
  switch (expression.kind) {
    case 'text':
      return 1 + Math.floor(expression.text.length / TEXT_OF_A_POSITION);
    case 'characters':
    case 'rule':
      return 1;
    case 'sequence':
      return expression.parts.reduce((sum, part) => sum + positionsOf(part), 0);
    case 'choice':
      return expression.options.reduce((sum, option) => sum + positionsOf(option), 0);
    case 'repeat': {
      const times = Math.max(1, expression.minimum, expression.maximum ?? 0);
      return positionsOf(expression.of) * Math.min(WRITTEN_OUT, times);
    }
  }
}

class RulePrinter {
  /** Rules that printing added. */
  readonly lines: string[] = [];

  print(expression: Expression): string {
    switch (expression.kind) {
      case 'text':
        return printText(expression.text);
      case 'characters':
        return printCharacters(expression.set);
      case 'sequence':
        return expression.parts.length === 0 ? '""' : `(${expression.parts.map((part) => this.print(part)).join(' ')})`;
      case 'choice':
        return `(${expression.options.map((option) => this.print(option)).join(' | ')})`;
      case 'repeat':
        return this.#repeat(expression);
      case 'rule':
        return expression.name;
    }
  }

  #repeat({ of, minimum, maximum }: Expression & { readonly kind: 'repeat' }): string {
    if (of.kind !== 'choice' || maximum !== undefined) return `(${this.print(of)})${quantifier(minimum, maximum)}`;
    // Written with `*`, a choice costs the library a thousand times as long at each mask as a rule that begins with
    // each option and goes on with itself.
    const name = `many_${this.lines.length}`;
    const place = this.lines.push('') - 1;
    const again = of.options.map((option) => `${this.print(option)} ${name}`);
    this.lines[place] = `${name} ::= "" | ${again.join(' | ')}`;
    return minimum === 0 ? name : `(${this.print(of)}){${minimum},${minimum}} ${name}`;
  }
}

function quantifier(minimum: number, maximum: number | undefined): string {
  if (maximum === undefined) return minimum === 0 ? '*' : minimum === 1 ? '+' : `{${minimum},}`;
  return minimum === 0 && maximum === 1 ? '?' : `{${minimum},${maximum}}`;
}
