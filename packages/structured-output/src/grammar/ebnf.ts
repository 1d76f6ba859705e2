import { InvalidConstraintError } from '../errors.js';
import { ANY_CHARACTER, type CharacterSet, characterSet, LAST_ASCII, without } from './character-set.js';
import { characters, choice, type Expression, type Rules, repeat, rule, sequence, text } from './expression.js';
import { printCharacters } from './print-characters.js';
import { canWriteText, productiveRules } from './productive-rules.js';

/** Most parentheses within each other. */
const MAX_DEPTH = 256;

/**
 * A client's grammar in xgrammar's EBNF, as the library may have it: classes with characters beyond ASCII, which it gets
 * wrong, written out. A grammar that no text ends, or nothing but the empty one, is refused. What this does not read
 * (macros, lookahead) is left to the library. Throws `InvalidConstraintError`.
 */
export function safeGrammar(source: string): string {
  const reader = new EbnfReader(source);
  const rules = reader.rules();
  if (rules?.has('root')) {
    const productive = productiveRules(rules);
    if (productive === undefined) {
      throw new InvalidConstraintError('No finite text matches the grammar: root must contain itself without end.');
    }
    if (!canWriteText(productive)) throw new InvalidConstraintError('Nothing but the empty text matches the grammar.');
  }
  let written = source;
  // From the end, so that places stay what they are.
  for (const { from, to, set } of reader.classes.toReversed()) {
    written = written.slice(0, from) + printCharacters(set) + written.slice(to);
  }
  return written;
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['b', '\b'],
  ['f', '\f'],
  ['v', '\v'],
  ['a', '\x07'],
  ['e', '\x1b'],
  ['0', '\0'],
]);

/** What is not read here: the library decides. */
class NotRead extends Error {}

class EbnfReader {
  /** Classes that must be written out. */
  readonly classes: { readonly from: number; readonly to: number; readonly set: CharacterSet }[] = [];
  readonly #source: string;
  readonly #named = new Set<string>();
  #at = 0;
  #depth = 0;

  constructor(source: string) {
    this.#source = source;
  }

  /** The rules; `undefined` when there is something in them that is not read here. `classes` is complete in any case. */
  rules(): Rules | undefined {
    const rules = new Map<string, Expression>();
    try {
      for (this.#space(); this.#at < this.#source.length; this.#space()) {
        const name = this.#name();
        this.#space();
        if (name === '' || !this.#take('::=')) throw new NotRead();
        rules.set(name, this.#alternatives());
      }
      if ([...this.#named].every((name) => rules.has(name))) return rules;
    } catch (error) {
      if (!(error instanceof NotRead)) throw error;
    }
    this.#readClassesOnly();
    return undefined;
  }

  #readClassesOnly(): void {
    this.classes.length = 0;
    this.#at = 0;
    while (this.#at < this.#source.length) {
      this.#space();
      try {
        if (this.#take('"')) this.#string();
        else if (this.#take('[')) this.#class();
        else this.#at++;
      } catch (error) {
        if (!(error instanceof NotRead)) throw error;
      }
    }
  }

  #alternatives(): Expression {
    if (++this.#depth > MAX_DEPTH) throw new InvalidConstraintError(`The grammar is nested deeper than ${MAX_DEPTH}.`);
    const options: Expression[] = [];
    do options.push(this.#sequence());
    while (this.#take('|'));
    this.#depth--;
    return choice(...options);
  }

  #sequence(): Expression {
    const parts: Expression[] = [];
    for (;;) {
      this.#space();
      const part = this.#element();
      if (part === undefined) return sequence(...parts);
      parts.push(this.#quantified(part));
    }
  }

  #element(): Expression | undefined {
    if (this.#take('"')) return text(this.#string());
    if (this.#take('[')) return characters(this.#class());
    if (this.#take('(')) {
      if (this.#source[this.#at] === '=') throw new NotRead();
      const content = this.#alternatives();
      if (!this.#take(')')) throw new NotRead();
      return content;
    }
    const from = this.#at;
    const name = this.#name();
    if (name === '') return undefined;
    this.#space();
    if (this.#source.startsWith('::=', this.#at)) {
      this.#at = from;
      return undefined;
    }
    if (this.#source[this.#at] === '(') throw new NotRead();
    this.#named.add(name);
    return rule(name);
  }

  #quantified(of: Expression): Expression {
    if (this.#take('*')) return repeat(of, 0);
    if (this.#take('+')) return repeat(of, 1);
    if (this.#take('?')) return repeat(of, 0, 1);
    const bounds = /^\{\s*(\d{1,9})\s*(?:(,)\s*(\d{0,9})\s*)?\}/.exec(this.#source.slice(this.#at, this.#at + 40));
    if (bounds === null) return of;
    this.#at += bounds[0].length;
    const [, least = '', comma, most = ''] = bounds;
    const maximum = comma === undefined ? Number(least) : most === '' ? undefined : Number(most);
    return repeat(of, Number(least), maximum);
  }

  #string(): string {
    let content = '';
    while (!this.#take('"')) {
      if (this.#at >= this.#source.length) throw new NotRead();
      content += String.fromCodePoint(this.#character());
    }
    return content;
  }

  /** Behind the opening bracket. */
  #class(): CharacterSet {
    const from = this.#at - 1;
    const negated = this.#take('^');
    const ranges: (readonly [number, number])[] = [];
    while (!this.#take(']')) {
      const first = this.#character();
      const isRange = this.#source[this.#at] === '-' && this.#source[this.#at + 1] !== ']';
      if (isRange) this.#at++;
      const last = isRange ? this.#character() : first;
      if (last < first) throw new NotRead();
      ranges.push([first, last]);
    }
    const listed = characterSet(...ranges);
    const set = negated ? without(ANY_CHARACTER, listed) : listed;
    if (listed.some(([, last]) => last > LAST_ASCII)) this.classes.push({ from, to: this.#at, set });
    return set;
  }

  /** One character of a string or a class. */
  #character(): number {
    const point = this.#source.codePointAt(this.#at);
    if (point === undefined) throw new NotRead();
    this.#at += point > 0xffff ? 2 : 1;
    if (point !== 0x5c) return point;
    const escaped = this.#source[this.#at++];
    if (escaped === undefined) throw new NotRead();
    const digits = { x: /^[0-9a-fA-F]+/, u: /^[0-9a-fA-F]{4}/, U: /^[0-9a-fA-F]{8}/ }[escaped];
    if (digits === undefined) return (ESCAPES.get(escaped) ?? escaped).codePointAt(0) ?? 0;
    const code = digits.exec(this.#source.slice(this.#at, this.#at + 12))?.[0];
    if (code === undefined) throw new NotRead();
    this.#at += code.length;
    const value = Number.parseInt(code, 16);
    if (value > 0x10ffff) throw new NotRead();
    return value;
  }

  #name(): string {
    const name = /^[a-zA-Z_][a-zA-Z0-9_.-]*/.exec(this.#source.slice(this.#at, this.#at + 1_000))?.[0] ?? '';
    this.#at += name.length;
    return name;
  }

  #space(): void {
    for (;;) {
      if (/\s/.test(this.#source[this.#at] ?? '')) this.#at++;
      else if (this.#source[this.#at] === '#') {
        const end = this.#source.indexOf('\n', this.#at);
        this.#at = end === -1 ? this.#source.length : end;
      } else return;
    }
  }

  #take(token: string): boolean {
    if (!this.#source.startsWith(token, this.#at)) return false;
    this.#at += token.length;
    return true;
  }
}
