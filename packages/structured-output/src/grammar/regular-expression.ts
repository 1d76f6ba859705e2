import { InvalidConstraintError } from '../errors.js';
import { MAX_CONSTRAINT_NESTING } from '../limits.js';
import { ANY_CHARACTER, BEYOND_ASCII, type CharacterSet, characterSet, oneOf, without } from './character-set.js';
import { characters, choice, EMPTY, type Expression, repeat, sequence } from './expression.js';

/** How a regular expression is read. */
export interface RegularExpressionOptions {
  /** Writes one character of a set; `undefined` when it can't be written. @default any set that is not empty */
  readonly character?: (set: CharacterSet) => Expression | undefined;
  /** What may stand before and after a match that has no `^` or `$`. @default nothing: the whole text must match */
  readonly around?: Expression;
  /** Where the pattern stands, for errors. */
  readonly path: string;
}

const DIGIT = characterSet([0x30, 0x39]);
const WORD = characterSet([0x30, 0x39], [0x41, 0x5a], [0x61, 0x7a], [0x5f, 0x5f]);
// Beyond ASCII there is white space too, which sets can't exclude one by one (see `printCharacters`): \s leaves it out,
// and \S all that is beyond.
const SPACE = oneOf('\t\n\v\f\r ');
const NOT_SPACE = without(without(ANY_CHARACTER, SPACE), BEYOND_ASCII);
// U+2028 and U+2029 end lines too.
const LINE_ENDS = oneOf('\n\r');
const CLASSES: ReadonlyMap<string, CharacterSet> = new Map([
  ['d', DIGIT],
  ['D', without(ANY_CHARACTER, DIGIT)],
  ['w', WORD],
  ['W', without(ANY_CHARACTER, WORD)],
  ['s', SPACE],
  ['S', NOT_SPACE],
]);
const CONTROL: ReadonlyMap<string, number> = new Map([
  ['n', 10],
  ['r', 13],
  ['t', 9],
  ['f', 12],
  ['v', 11],
  ['0', 0],
]);

/** Most of a `{m,n}`: what is above would be refused for its size anyway. */
const MAX_REPETITIONS = 1_000_000;

/**
 * Reads an ECMAScript regular expression (as with the flag `u`) that describes a regular language: without lookaround,
 * back references, word boundaries and Unicode properties. Lazy quantifiers mean the same as greedy ones here.
 * Throws `InvalidConstraintError`.
 */
export function parseRegularExpression(source: string, options: RegularExpressionOptions): Expression {
  return new RegularExpressionParser(source, options).parse();
}

export const ANY_TEXT = repeat(characters(ANY_CHARACTER), 0);

/** The texts in which a pattern is found, as JSON Schema has it. Throws `InvalidConstraintError`. */
export function textsWith(pattern: string, path: string): Expression {
  return parseRegularExpression(pattern, { character: characters, around: ANY_TEXT, path });
}

class RegularExpressionParser {
  readonly #source: readonly string[];
  readonly #options: RegularExpressionOptions;
  #at = 0;
  #depth = 0;

  constructor(source: string, options: RegularExpressionOptions) {
    this.#source = [...source];
    this.#options = options;
  }

  parse(): Expression {
    const options: Expression[] = [];
    do options.push(this.#topAlternative());
    while (this.#take('|'));
    if (this.#at < this.#source.length) this.#refuse('The parenthesis closes nothing');
    return choice(...options);
  }

  #topAlternative(): Expression {
    const { around = EMPTY } = this.#options;
    const before = this.#take('^') ? EMPTY : around;
    const parts = this.#terms();
    return sequence(before, ...parts, this.#take('$') ? EMPTY : around);
  }

  #alternatives(): Expression {
    if (++this.#depth > MAX_CONSTRAINT_NESTING) this.#refuse(`Groups are nested deeper than ${MAX_CONSTRAINT_NESTING}`);
    const options: Expression[] = [];
    do options.push(sequence(...this.#terms()));
    while (this.#take('|'));
    this.#depth--;
    return choice(...options);
  }

  #terms(): Expression[] {
    const parts: Expression[] = [];
    while (this.#at < this.#source.length && !['|', ')', '$'].includes(this.#peek())) {
      parts.push(this.#quantified(this.#atom()));
    }
    if (this.#peek() === '$' && (this.#depth > 0 || !['', '|'].includes(this.#source[this.#at + 1] ?? ''))) {
      this.#refuse('An anchor inside of a pattern is not supported; write ^ first and $ last');
    }
    return parts;
  }

  #atom(): Expression {
    const character = this.#next();
    switch (character) {
      case '(':
        return this.#group();
      case '[':
        return this.#write(this.#class());
      case '.':
        return this.#write(without(ANY_CHARACTER, LINE_ENDS));
      case '\\':
        return this.#write(this.#escape());
      case '^':
        return this.#refuse('An anchor inside of a pattern is not supported; write ^ first and $ last');
      case '*':
      case '+':
      case '?':
      case '{':
        return this.#refuse(`There is nothing that ${JSON.stringify(character)} could repeat`);
      case ']':
      case '}':
        return this.#refuse(`A ${JSON.stringify(character)} on its own must be written with a backslash`);
      default:
        return this.#write(oneOf(character));
    }
  }

  #group(): Expression {
    if (this.#take('?')) {
      if (this.#take('<')) {
        if (['=', '!'].includes(this.#peek())) this.#refuse('Lookbehind is not supported');
        while (this.#at < this.#source.length && this.#next() !== '>');
      } else if (!this.#take(':')) {
        this.#refuse('Lookahead and inline flags are not supported');
      }
    }
    const content = this.#alternatives();
    if (!this.#take(')')) this.#refuse('A parenthesis is not closed');
    return content;
  }

  #quantified(of: Expression): Expression {
    const bounds = this.#bounds();
    if (bounds === undefined) return of;
    this.#take('?');
    if (['*', '+', '?', '{'].includes(this.#peek())) this.#refuse('Two quantifiers follow each other');
    return repeat(of, bounds.minimum, bounds.maximum);
  }

  #bounds(): { minimum: number; maximum?: number } | undefined {
    if (this.#take('*')) return { minimum: 0 };
    if (this.#take('+')) return { minimum: 1 };
    if (this.#take('?')) return { minimum: 0, maximum: 1 };
    if (!this.#take('{')) return undefined;
    const minimum = this.#number();
    const maximum = this.#take(',') ? (this.#peek() === '}' ? undefined : this.#number()) : minimum;
    if (!this.#take('}')) this.#refuse('A { of a repetition is not closed');
    if (maximum !== undefined && maximum < minimum)
      this.#refuse(`The repetition {${minimum},${maximum}} is out of order`);
    return maximum === undefined ? { minimum } : { minimum, maximum };
  }

  #number(): number {
    let digits = '';
    while (/[0-9]/.test(this.#peek())) digits += this.#next();
    if (digits === '') this.#refuse('A number is missing in { }');
    const value = Number(digits);
    return value <= MAX_REPETITIONS ? value : this.#refuse(`${digits} repetitions are too many`);
  }

  #class(): CharacterSet {
    const negated = this.#take('^');
    const ranges: (readonly [number, number])[] = [];
    while (!this.#take(']')) {
      if (this.#at >= this.#source.length) this.#refuse('A [ is not closed');
      const first = this.#classMember();
      const isRange = this.#peek() === '-' && ![']', ''].includes(this.#source[this.#at + 1] ?? '');
      if (!isRange) {
        ranges.push(...first);
        continue;
      }
      this.#next();
      const from = single(first);
      const to = single(this.#classMember());
      if (from === undefined || to === undefined || to < from) this.#refuse('A range in [ ] is out of order');
      ranges.push([from ?? 0, to ?? 0]);
    }
    return negated ? without(ANY_CHARACTER, characterSet(...ranges)) : characterSet(...ranges);
  }

  #classMember(): CharacterSet {
    if (!this.#take('\\')) return oneOf(this.#next());
    if (this.#take('b')) return oneOf('\b');
    return this.#take('-') ? oneOf('-') : this.#escape();
  }

  #escape(): CharacterSet {
    const character = this.#next();
    const set = CLASSES.get(character);
    if (set !== undefined) return set;
    const control = CONTROL.get(character);
    if (control !== undefined && !(character === '0' && /[0-9]/.test(this.#peek()))) return [[control, control]];
    if (character === 'x') return this.#hexadecimal(2);
    if (character === 'u') return this.#take('{') ? this.#hexadecimal(undefined) : this.#hexadecimal(4);
    // Letters and digits may mean something; anything else stands for itself, as patterns of Python and Zod have it.
    if (character !== '' && !/[a-zA-Z0-9]/.test(character)) return oneOf(character);
    return this.#refuse(`\\${character} is not supported`);
  }

  #hexadecimal(length: number | undefined): CharacterSet {
    let digits = '';
    while (/[0-9a-fA-F]/.test(this.#peek()) && digits.length < (length ?? 6)) digits += this.#next();
    const complete = length === undefined ? this.#take('}') && digits !== '' : digits.length === length;
    const point = Number.parseInt(digits, 16);
    if (!complete || point > 0x10ffff) this.#refuse('The character code of an escape is not complete');
    return [[point, point]];
  }

  #write(set: CharacterSet): Expression {
    const { character = ofSome } = this.#options;
    return character(set) ?? this.#refuse('A set of characters has none that could be written');
  }

  #peek(): string {
    return this.#source[this.#at] ?? '';
  }

  #next(): string {
    return this.#source[this.#at++] ?? '';
  }

  #take(character: string): boolean {
    if (this.#peek() !== character || character === '') return false;
    this.#at++;
    return true;
  }

  #refuse(what: string): never {
    throw new InvalidConstraintError(
      `${what}, at character ${this.#at} of the pattern ${JSON.stringify(this.#source.slice(0, 200).join(''))}.`,
      { path: this.#options.path, position: this.#at },
    );
  }
}

function ofSome(set: CharacterSet): Expression | undefined {
  return set.length === 0 ? undefined : characters(set);
}

function single(set: CharacterSet): number | undefined {
  const [range] = set;
  return set.length === 1 && range?.[0] === range?.[1] ? range?.[0] : undefined;
}
