import { formatBraces, zeroFill } from './format-text.js';
import {
  type Arguments,
  argument,
  asIndex,
  asText,
  elementsOf,
  type Methods,
  TemplateError,
  Tuple,
  Undefined,
  type Value,
} from './values.js';

/** What Python's `str.isspace` holds for; JavaScript also trims U+FEFF and leaves U+001C to U+001F and U+0085. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are Python's white space.
const SPACE = /[\t-\r\u001c-\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;
const SPACES = new RegExp(`${SPACE.source}+`, 'u');

/** `str.strip`: white space, or every character of `characters`, from the left, the right or both. */
export function strip(text: string, characters: Value, sides: 'left' | 'right' | 'both' = 'both'): string {
  const set = none(characters) ? undefined : new Set(asText(characters, 'strip() argument'));
  const all = [...text];
  const goes = (character: string | undefined): boolean =>
    character !== undefined && (set ? set.has(character) : SPACE.test(character));
  let [start, end] = [0, all.length];
  if (sides !== 'right') while (start < end && goes(all[start])) start++;
  if (sides !== 'left') while (end > start && goes(all[end - 1])) end--;
  return all.slice(start, end).join('');
}

/** `str.replace`, for the first `count` times where that is not negative. */
export function replace(text: string, old: string, by: string, count: number): string {
  if (count < 0) return text.replaceAll(old, () => by);
  const parts = text.split(old);
  return [parts.slice(0, count + 1).join(by), ...parts.slice(count + 1)].join(old);
}

export function capitalize(text: string): string {
  const [first = '', ...rest] = [...text];
  return first.toUpperCase() + rest.join('').toLowerCase();
}

export function title(text: string): string {
  return text.replace(/\p{L}+/gu, capitalize);
}

export function center(text: string, width: number, fill = ' '): string {
  const missing = Math.max(0, width - length(text));
  // Python puts the odd one to the left where the width is odd.
  const left = Math.floor(missing / 2) + (missing & width & 1);
  return fill.repeat(left) + text + fill.repeat(missing - left);
}

/** Lines as `str.splitlines` finds them: what ends the text begins no further line. */
export function splitLines(text: string, keepEnds = false): string[] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these end lines in Python.
  const pattern = /([^\n\r\v\f\u001c-\u001e\u0085\u2028\u2029]*)(\r\n|[\n\r\v\f\u001c-\u001e\u0085\u2028\u2029]|$)/gu;
  const lines = [...text.matchAll(pattern)].filter(([whole]) => whole !== '');
  return lines.map(([whole, line = '']) => (keepEnds ? whole : line));
}

/** In characters, not in UTF-16 units. */
export function length(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

function none(value: Value | undefined): boolean {
  return value === undefined || value === null || value instanceof Undefined;
}

function text(args: Arguments, index: number): string {
  return asText(argument(args, index) ?? new Undefined('an argument is missing'), `argument ${index + 1}`);
}

function number(args: Arguments, index: number, otherwise: number, name?: string): number {
  const value = argument(args, index, name);
  return value === undefined || value === null ? otherwise : asIndex(value, `argument ${index + 1}`);
}

/** What `center` and its like fill up with. */
function fill(args: Arguments): string {
  return argument(args, 1) === undefined ? ' ' : text(args, 1);
}

function split(subject: string, args: Arguments): string[] {
  const separator = argument(args, 0, 'sep') ?? null;
  const most = number(args, 1, -1, 'maxsplit');
  if (separator === null) {
    const words: string[] = [];
    let rest = strip(subject, null, 'left');
    while (rest !== '') {
      const space = words.length === most ? null : SPACES.exec(rest);
      if (!space) {
        words.push(rest);
        break;
      }
      words.push(rest.slice(0, space.index));
      rest = rest.slice(space.index + space[0].length);
    }
    return words;
  }
  const by = nonEmpty(asText(separator, 'sep'));
  const parts = subject.split(by);
  return most < 0 || parts.length <= most + 1 ? parts : [...parts.slice(0, most), parts.slice(most).join(by)];
}

function splitFromRight(subject: string, args: Arguments): string[] {
  const most = number(args, 1, -1, 'maxsplit');
  const separator = argument(args, 0, 'sep') ?? null;
  if (most < 0) return split(subject, args);
  if (separator === null) {
    const words = split(subject, { positional: [], keywords: new Map() });
    if (words.length <= most + 1) return words;
    const tail = most === 0 ? [] : words.slice(-most);
    let head = strip(subject, null, 'right');
    for (const word of [...tail].reverse()) head = strip(head.slice(0, head.length - word.length), null, 'right');
    return [head, ...tail];
  }
  const by = nonEmpty(asText(separator, 'sep'));
  const parts = subject.split(by);
  const cut = Math.max(0, parts.length - most);
  return cut <= 1 ? parts : [parts.slice(0, cut).join(by), ...parts.slice(cut)];
}

function nonEmpty(separator: string): string {
  if (separator === '') throw new TemplateError('empty separator');
  return separator;
}

function partition(subject: string, args: Arguments, last: boolean): Tuple {
  const by = nonEmpty(text(args, 0));
  const at = last ? subject.lastIndexOf(by) : subject.indexOf(by);
  if (at < 0) return new Tuple(last ? ['', '', subject] : [subject, '', '']);
  return new Tuple([subject.slice(0, at), by, subject.slice(at + by.length)]);
}

function begins(subject: string, args: Arguments, test: 'startsWith' | 'endsWith'): boolean {
  const wanted = argument(args, 0) ?? null;
  const [start, end] = [number(args, 1, 0), number(args, 2, length(subject))];
  const part = start === 0 && end >= subject.length ? subject : [...subject].slice(start, end).join('');
  const options = wanted instanceof Tuple ? wanted.items : [wanted];
  return options.some((option) => part[test](asText(option, `${test.toLowerCase()} first arg`)));
}

function find(subject: string, args: Arguments, last: boolean): bigint {
  const [start, end] = [number(args, 1, 0), number(args, 2, length(subject))];
  const part = [...subject].slice(start, end).join('');
  const at = last ? part.lastIndexOf(text(args, 0)) : part.indexOf(text(args, 0));
  return BigInt(at < 0 ? -1 : length(part.slice(0, at)) + start);
}

function found(at: bigint): bigint {
  if (at < 0n) throw new TemplateError('substring not found');
  return at;
}

const every = (subject: string, pattern: RegExp): boolean =>
  subject !== '' && [...subject].every((c) => pattern.test(c));
const isCased = (subject: string): boolean => subject.toLowerCase() !== subject.toUpperCase();

/** The methods of Python's `str`. */
export const STRING_METHODS: Methods<string> = {
  strip: (subject, args) => strip(subject, argument(args, 0) ?? null),
  lstrip: (subject, args) => strip(subject, argument(args, 0) ?? null, 'left'),
  rstrip: (subject, args) => strip(subject, argument(args, 0) ?? null, 'right'),
  removeprefix: (subject, args) => (subject.startsWith(text(args, 0)) ? subject.slice(text(args, 0).length) : subject),
  removesuffix: (subject, args) =>
    text(args, 0) !== '' && subject.endsWith(text(args, 0)) ? subject.slice(0, -text(args, 0).length) : subject,
  replace: (subject, args) => replace(subject, text(args, 0), text(args, 1), number(args, 2, -1, 'count')),
  split: (subject, args) => split(subject, args),
  rsplit: (subject, args) => splitFromRight(subject, args),
  splitlines: (subject, args) => splitLines(subject, argument(args, 0, 'keepends') === true),
  partition: (subject, args) => partition(subject, args, false),
  rpartition: (subject, args) => partition(subject, args, true),
  join: (subject, args) =>
    elementsOf(argument(args, 0) ?? null)
      .map((one) => asText(one, 'sequence item'))
      .join(subject),
  startswith: (subject, args) => begins(subject, args, 'startsWith'),
  endswith: (subject, args) => begins(subject, args, 'endsWith'),
  find: (subject, args) => find(subject, args, false),
  rfind: (subject, args) => find(subject, args, true),
  index: (subject, args) => found(find(subject, args, false)),
  rindex: (subject, args) => found(find(subject, args, true)),
  count: (subject, args) => {
    const wanted = text(args, 0);
    return BigInt(wanted === '' ? length(subject) + 1 : subject.split(wanted).length - 1);
  },
  upper: (subject) => subject.toUpperCase(),
  lower: (subject) => subject.toLowerCase(),
  casefold: (subject) => subject.toLowerCase().replaceAll('ß', 'ss'),
  title: (subject) => title(subject),
  capitalize: (subject) => capitalize(subject),
  swapcase: (subject) => [...subject].map((c) => (c === c.toUpperCase() ? c.toLowerCase() : c.toUpperCase())).join(''),
  center: (subject, args) => center(subject, number(args, 0, 0), fill(args)),
  ljust: (subject, args) => subject + fill(args).repeat(Math.max(0, number(args, 0, 0) - length(subject))),
  rjust: (subject, args) => fill(args).repeat(Math.max(0, number(args, 0, 0) - length(subject))) + subject,
  zfill: (subject, args) => zeroFill(subject, number(args, 0, 0)),
  format: (subject, { positional, keywords }) => formatBraces(subject, positional, keywords),
  isalpha: (subject) => every(subject, /\p{L}/u),
  isalnum: (subject) => every(subject, /[\p{L}\p{N}]/u),
  isdigit: (subject) => every(subject, /[\p{Nd}²³¹]/u),
  isdecimal: (subject) => every(subject, /\p{Nd}/u),
  isnumeric: (subject) => every(subject, /\p{N}/u),
  isspace: (subject) => every(subject, SPACE),
  isupper: (subject) => isCased(subject) && subject === subject.toUpperCase(),
  islower: (subject) => isCased(subject) && subject === subject.toLowerCase(),
  istitle: (subject) => isCased(subject) && subject === title(subject),
  isascii: (subject) => /^\p{ASCII}*$/u.test(subject),
};
