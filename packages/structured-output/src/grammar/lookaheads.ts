import { MAX_MERGED_PATTERN_LENGTH } from '../limits.js';

/** A condition on the whole text. */
export interface Lookahead {
  /** What the text must begin with, or must not. */
  readonly pattern: string;
  readonly negated: boolean;
}

/**
 * Takes the lookaheads off the beginning of a pattern, as in `^(?!\.)(?=.{2,})[a-z.]+$`: the rest and each of them can be
 * read on its own. A pattern whose `|` leaves it open which alternative they belong to is given back as it is.
 */
export function takeLookaheads(pattern: string): { readonly lookaheads: readonly Lookahead[]; readonly rest: string } {
  const lookaheads: Lookahead[] = [];
  let rest = pattern.startsWith('^') ? pattern.slice(1) : '';
  while (rest.startsWith('(?!') || rest.startsWith('(?=')) {
    const end = endOf(rest, 1);
    if (end === undefined) break;
    // It stands at the beginning already.
    const content = rest.slice(3, end).replace(/^\^/, '');
    const isChoice = endOf(content, 0) !== undefined;
    lookaheads.push({ pattern: isChoice ? `^(?:${content})` : `^${content}`, negated: rest[2] === '!' });
    rest = rest.slice(end + 1);
  }
  if (lookaheads.length === 0 || endOf(rest, 0) !== undefined) return { lookaheads: [], rest: pattern };
  return { lookaheads, rest: `^${rest}` };
}

/**
 * A pattern of the texts that two patterns match: one of them as lookaheads before the other. `undefined` where a `|` leaves
 * open what an anchor belongs to, and for patterns that are too long together.
 */
export function bothPatterns(a: string, b: string): string | undefined {
  const { lookaheads, rest } = takeLookaheads(a);
  const conditions = lookaheads.map(({ pattern, negated }) => `(?${negated ? '!' : '='}${pattern.slice(1)})`);
  const [condition, body] = [fromBeginning(rest), fromBeginning(b)];
  if (condition === undefined || body === undefined) return undefined;
  const both = `^${conditions.join('')}(?=${condition})${body}`;
  return both.length > MAX_MERGED_PATTERN_LENGTH ? undefined : both;
}

/** What follows the beginning of the text in a pattern. */
function fromBeginning(pattern: string): string | undefined {
  if (endOf(pattern, 0) !== undefined) return undefined;
  return pattern.startsWith('^') ? pattern.slice(1) : `[\\s\\S]*${pattern}`;
}

/** Where the parenthesis at the beginning closes; with `depth` 0 where a `|` stands that is in none. */
function endOf(pattern: string, depth: 0 | 1): number | undefined {
  let open = 0;
  let inClass = false;
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at];
    if (character === '\\') at++;
    else if (inClass) inClass = character !== ']';
    else if (character === '[') inClass = true;
    else if (character === '(') open++;
    else if (character === ')' && --open === 0 && depth === 1) return at;
    else if (character === '|' && open === 0 && depth === 0) return at;
  }
  return undefined;
}
