import { contains } from './operators.js';
import {
  asNumber,
  asText,
  Callable,
  compare,
  equals,
  Float,
  isList,
  Stream,
  TemplateError,
  Tuple,
  Undefined,
  type Value,
} from './values.js';

type Test = (value: Value, args: readonly Value[]) => boolean;

/** `value is name(args)`. Source: Jinja 3.1, `jinja2/tests.py`. */
export function test(name: string, value: Value, args: readonly Value[] = []): boolean {
  const found = Object.hasOwn(TESTS, name) ? TESTS[name] : undefined;
  if (!found) throw new TemplateError(`No test named '${name}'.`);
  return found(value, args);
}

const order =
  (holds: (order: number) => boolean): Test =>
  (value, [other = null]) =>
    holds(compare(value, other));
const same: Test = (value, [other = null]) => equals(value, other);

function remainder(value: Value, by: Value | undefined): number {
  const [a, b] = [asNumber(value), asNumber(by ?? null)];
  if (a === undefined || b === undefined) throw new TemplateError('a test for a remainder needs numbers');
  return Number(typeof a === 'bigint' && typeof b === 'bigint' ? a % b : Number(a) % Number(b));
}

const TESTS: Readonly<Record<string, Test>> = {
  boolean: (value) => typeof value === 'boolean',
  callable: (value) => value instanceof Callable,
  defined: (value) => !(value instanceof Undefined),
  undefined: (value) => value instanceof Undefined,
  divisibleby: (value, [by]) => remainder(value, by) === 0,
  even: (value) => remainder(value, 2n) === 0,
  odd: (value) => remainder(value, 2n) !== 0,
  eq: same,
  equalto: same,
  '==': same,
  ne: (value, args) => !same(value, args),
  '!=': (value, args) => !same(value, args),
  lt: order((one) => one < 0),
  lessthan: order((one) => one < 0),
  '<': order((one) => one < 0),
  le: order((one) => one <= 0),
  '<=': order((one) => one <= 0),
  gt: order((one) => one > 0),
  greaterthan: order((one) => one > 0),
  '>': order((one) => one > 0),
  ge: order((one) => one >= 0),
  '>=': order((one) => one >= 0),
  in: (value, [container = null]) => contains(container, value),
  false: (value) => value === false,
  true: (value) => value === true,
  none: (value) => value === null,
  integer: (value) => typeof value === 'bigint',
  float: (value) => value instanceof Float,
  // bool is a number in Python.
  number: (value) => asNumber(value) !== undefined,
  string: (value) => typeof value === 'string',
  mapping: (value) => value instanceof Map,
  sequence: isSequence,
  iterable: (value) => isSequence(value) || value instanceof Stream,
  lower: (value) => isCase(asText(value, 'the tested value'), 'toLowerCase'),
  upper: (value) => isCase(asText(value, 'the tested value'), 'toUpperCase'),
  sameas: (value, [other = null]) => value === other,
  escaped: () => false,
  test: (value) => typeof value === 'string' && Object.hasOwn(TESTS, value),
};

function isSequence(value: Value): boolean {
  const isText = typeof value === 'string';
  return isText || isList(value) || value instanceof Tuple || value instanceof Map || value instanceof Undefined;
}

function isCase(text: string, change: 'toLowerCase' | 'toUpperCase'): boolean {
  return text[change]() === text && text.toLowerCase() !== text.toUpperCase();
}
