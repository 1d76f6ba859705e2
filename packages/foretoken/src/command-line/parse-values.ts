import { DRAFT_MODES, type DraftMode, isDraftMode } from '@foretoken/speculation';
import { InvalidArgumentError } from 'commander';

const integer = /^[+-]?\d+$/;
// Number() alone would also read '', ' 5 ', '0x10' and 'Infinity'.
const decimal = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;

/** A parser of whole numbers from `minimum` to `maximum`, both allowed. It refuses anything else. */
export function wholeNumber(range: { readonly minimum: number; readonly maximum?: number }): (raw: string) => number {
  const maximum = range.maximum ?? Number.MAX_SAFE_INTEGER;
  const allowed =
    range.maximum === undefined
      ? `a whole number, ${range.minimum} or more`
      : `a whole number from ${range.minimum} to ${range.maximum}`;
  return (raw) => {
    const value = integer.test(raw) ? Number(raw) : Number.NaN;
    if (Number.isNaN(value) || value < range.minimum || value > maximum) {
      throw new InvalidArgumentError(`It must be ${allowed}.`);
    }
    return value;
  };
}

/** A parser of finite numbers for which `accepts` holds; `allowed` says in words which those are. */
export function finiteNumber(allowed: string, accepts: (value: number) => boolean): (raw: string) => number {
  return (raw) => {
    const value = decimal.test(raw) ? Number(raw) : Number.NaN;
    if (!Number.isFinite(value) || !accepts(value)) throw new InvalidArgumentError(`It must be ${allowed}.`);
    return value;
  };
}

/** Collects an option that may be given several times; an empty string is refused. */
export function repeatedText(raw: string, previous: readonly string[] | undefined): readonly string[] {
  if (raw === '') throw new InvalidArgumentError('It must not be empty.');
  return [...(previous ?? []), raw];
}

/** A way of guessing; anything else is refused with the list of ways. */
export function draftMode(raw: string): DraftMode {
  if (isDraftMode(raw)) return raw;
  throw new InvalidArgumentError(`It must be ${DRAFT_MODES}.`);
}
