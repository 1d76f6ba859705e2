import { InvalidConstraintError } from '../errors.js';
import { characterSet } from './character-set.js';
import { characters, choice, EMPTY, type Expression, repeat, sequence, text } from './expression.js';

/** The bounds of a JSON schema. */
export interface NumberBounds {
  readonly minimum?: number | undefined;
  readonly maximum?: number | undefined;
  /** Whether the bound itself is outside. */
  readonly openMinimum: boolean;
  readonly openMaximum: boolean;
}

/** 15 digits: integers that every double holds exactly. Numbers beyond it are not written. */
const LARGEST = 999_999_999_999_999;
/** Digits after the point that are written freely. */
const FREE_DIGITS = 6;

const ANY_DIGIT = characters(characterSet([0x30, 0x39]));
const NOT_ZERO = characters(characterSet([0x31, 0x39]));
const anyDigits = (least: number, most: number): Expression => repeat(ANY_DIGIT, least, most);

/** Integers within bounds. Throws `InvalidConstraintError` when there are none. */
export function integerWithin(bounds: NumberBounds, path: string): Expression {
  const { minimum = -LARGEST, maximum = LARGEST, openMinimum, openMaximum } = bounds;
  const lowest = openMinimum ? Math.floor(minimum) + 1 : Math.ceil(minimum);
  const highest = openMaximum ? Math.ceil(maximum) - 1 : Math.floor(maximum);
  const low = Math.max(lowest, -LARGEST);
  const high = Math.min(highest, LARGEST);
  if (low > high) refuseEmpty(bounds, path);
  const options = [
    ...(low < 0 ? [sequence(text('-'), integerBetween(Math.max(1, -high), -low))] : []),
    ...(high >= 0 ? [integerBetween(Math.max(0, low), high)] : []),
  ];
  return choice(...options);
}

/** Numbers within bounds, without exponent. Throws `InvalidConstraintError` when there are none. */
export function numberWithin(bounds: NumberBounds, path: string): Expression {
  const { minimum, maximum } = bounds;
  for (const [bound, open] of [
    [minimum, bounds.openMinimum],
    [maximum, bounds.openMaximum],
  ] as const) {
    if (bound === undefined || !open || digitsOf(bound) <= 14) continue;
    throw new InvalidConstraintError(`The bound ${bound} has more digits than can be told from its neighbours.`, {
      path,
    });
  }
  const lowest: Bound = minimum === undefined ? FREE : { value: minimum, open: bounds.openMinimum };
  const highest: Bound = maximum === undefined ? FREE : { value: maximum, open: bounds.openMaximum };
  const options: Expression[] = [];
  if (lowest.value === undefined || lowest.value < 0) {
    const nearest: Bound =
      highest.value === undefined || highest.value >= 0 ? { value: 0, open: true } : negative(highest);
    options.push(...unsigned(nearest, negative(lowest)).map((option) => sequence(text('-'), option)));
  }
  if (highest.value === undefined || highest.value >= 0) {
    const nearest: Bound = lowest.value === undefined || lowest.value < 0 ? { value: 0, open: false } : lowest;
    options.push(...unsigned(nearest, highest));
  }
  if (options.length === 0) refuseEmpty(bounds, path);
  return choice(...options);
}

interface Bound {
  readonly value: number | undefined;
  readonly open: boolean;
}

const FREE: Bound = { value: undefined, open: false };

function negative({ value, open }: Bound): Bound {
  return { value: value === undefined ? undefined : -value, open };
}

/** Numbers >= 0 from a bound that is there up to one that may not be. */
function unsigned(from: Bound, to: Bound): Expression[] {
  const low = decimal(from.value ?? 0);
  if (low.integer > LARGEST) return [];
  const bounded = to.value !== undefined && to.value <= LARGEST;
  const high = bounded ? decimal(to.value) : { integer: LARGEST + 1, fraction: '' };
  if (low.integer > high.integer) return [];
  if (low.integer === high.integer) {
    const tails = between(low.fraction, from.open, high.fraction, to.open);
    return withFraction(text(String(low.integer)), tails);
  }
  return [
    ...withFraction(text(String(low.integer)), atLeast(low.fraction, from.open)),
    ...(low.integer + 1 < high.integer
      ? withFraction(integerBetween(low.integer + 1, high.integer - 1), ANY_TAILS)
      : []),
    ...(bounded ? withFraction(text(String(high.integer)), atMost(high.fraction, to.open)) : []),
  ];
}

/** Digits after the point: whether there may be none, and what they may be. */
interface Tails {
  readonly empty: boolean;
  readonly some: readonly Expression[];
}

const ANY_TAILS: Tails = { empty: true, some: [anyDigits(1, FREE_DIGITS)] };
const NO_TAILS: Tails = { empty: false, some: [] };

function withFraction(integer: Expression, { empty, some }: Tails): Expression[] {
  if (some.length === 0) return empty ? [integer] : [];
  const fraction = sequence(text('.'), choice(...some));
  return [sequence(integer, empty ? repeat(fraction, 0, 1) : fraction)];
}

function atLeast(digits: string, open: boolean): Tails {
  if (digits === '') {
    const above = sequence(repeat(text('0'), 0, FREE_DIGITS - 1), NOT_ZERO, anyDigits(0, FREE_DIGITS - 1));
    return open ? { empty: false, some: [above] } : ANY_TAILS;
  }
  const first = Number(digits[0]);
  return { empty: false, some: [...freeAfter(first + 1, 9), ...prepend(first, atLeast(digits.slice(1), open))] };
}

function atMost(digits: string, open: boolean): Tails {
  if (digits === '') return open ? NO_TAILS : { empty: true, some: [repeat(text('0'), 1, 2)] };
  const first = Number(digits[0]);
  return { empty: true, some: [...freeAfter(0, first - 1), ...prepend(first, atMost(digits.slice(1), open))] };
}

function between(low: string, lowOpen: boolean, high: string, highOpen: boolean): Tails {
  if (low === '' && !lowOpen) return atMost(high, highOpen);
  if (low === '' && high === '') return NO_TAILS;
  const from = Number(low[0] ?? '0');
  const to = Number(high[0] ?? '0');
  if (from > to) return NO_TAILS;
  const lowRest = low.slice(1);
  const highRest = high.slice(1);
  if (from === to) return { empty: false, some: prepend(from, between(lowRest, lowOpen, highRest, highOpen)) };
  return {
    empty: false,
    some: [
      ...prepend(from, atLeast(lowRest, lowOpen)),
      ...freeAfter(from + 1, to - 1),
      ...prepend(to, atMost(highRest, highOpen)),
    ],
  };
}

function freeAfter(first: number, last: number): Expression[] {
  return first > last ? [] : [sequence(digitBetween(first, last), anyDigits(0, FREE_DIGITS - 1))];
}

function prepend(digit: number, { empty, some }: Tails): Expression[] {
  const head = text(String(digit));
  return [...(empty ? [head] : []), ...(some.length > 0 ? [sequence(head, choice(...some))] : [])];
}

/** Integers from `low` to `high`, 0 <= low <= high. */
function integerBetween(low: number, high: number): Expression {
  const options: Expression[] = [];
  let whole: { readonly from: number; to: number } | undefined;
  for (let length = String(low).length; length <= String(high).length; length++) {
    const first = Math.max(low, length === 1 ? 0 : 10 ** (length - 1));
    const last = Math.min(high, 10 ** length - 1);
    if (length > 1 && first === 10 ** (length - 1) && last === 10 ** length - 1) {
      if (whole === undefined) whole = { from: length, to: length };
      else whole.to = length;
    } else {
      options.push(sameLength(String(first), String(last)));
    }
  }
  if (whole !== undefined) options.push(sequence(NOT_ZERO, anyDigits(whole.from - 1, whole.to - 1)));
  return choice(...options);
}

function sameLength(low: string, high: string): Expression {
  if (low === '') return EMPTY;
  const from = Number(low[0]);
  const to = Number(high[0]);
  const rest = low.length - 1;
  if (from === to) return sequence(text(String(from)), sameLength(low.slice(1), high.slice(1)));
  const lowIsFull = /^.0*$/.test(low);
  const highIsFull = /^.9*$/.test(high);
  const first = lowIsFull ? from : from + 1;
  const last = highIsFull ? to : to - 1;
  return choice(
    ...(lowIsFull ? [] : [sequence(text(String(from)), sameLength(low.slice(1), '9'.repeat(rest)))]),
    ...(first <= last ? [sequence(digitBetween(first, last), anyDigits(rest, rest))] : []),
    ...(highIsFull ? [] : [sequence(text(String(to)), sameLength('0'.repeat(rest), high.slice(1)))]),
  );
}

function digitBetween(first: number, last: number): Expression {
  return first === last ? text(String(first)) : characters(characterSet([0x30 + first, 0x30 + last]));
}

/** A number >= 0 as its digits. */
function decimal(value: number): { readonly integer: number; readonly fraction: string } {
  const integer = Math.trunc(value);
  const [mantissa = '', exponent = '0'] = String(value).split('e');
  const digits = (mantissa.split('.')[1] ?? '').replace(/0+$/, '');
  // Only numbers far below 1 or far above 1e15 are written with an exponent.
  const fraction = Number(exponent) < 0 ? '0'.repeat(-Number(exponent) - 1) + mantissa.replace('.', '') : digits;
  return { integer, fraction: integer > LARGEST ? '' : fraction };
}

function digitsOf(value: number): number {
  return (String(Math.abs(value)).split('e')[0] ?? '').replace('.', '').replace(/^0+/, '').length;
}

function refuseEmpty({ minimum, maximum }: NumberBounds, path: string): never {
  throw new InvalidConstraintError(
    `There is no number between ${minimum ?? 'nothing'} and ${maximum ?? 'nothing'} that could be written with 15 digits.`,
    { path, minimum, maximum },
  );
}
