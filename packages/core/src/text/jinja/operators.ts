import { formatPercent } from './format-text.js';
import { toText } from './python-text.js';
import {
  asIndex,
  asNumber,
  compare,
  elementsOf,
  equals,
  Float,
  isList,
  TemplateError,
  Tuple,
  typeName,
  Undefined,
  type Value,
} from './values.js';

/** Longest text or list that repetition and powers may make. */
const MAX_LENGTH = 4_194_304;

/** Each gives a bool or a str. */
const OPERATORS: Readonly<Record<string, (left: Value, right: Value) => boolean | string>> = {
  '==': equals,
  '!=': (left, right) => !equals(left, right),
  '~': (left, right) => toText(left) + toText(right),
  in: (left, right) => contains(right, left),
  'not in': (left, right) => !contains(right, left),
  '<': (left, right) => compare(left, right) < 0,
  '>': (left, right) => compare(left, right) > 0,
  '<=': (left, right) => compare(left, right) <= 0,
  '>=': (left, right) => compare(left, right) >= 0,
};

/** Every binary operator but `and` and `or`, which don't always look at their right side. */
export function binary(operator: string, left: Value, right: Value): Value {
  return OPERATORS[operator]?.(left, right) ?? arithmetic(operator, left, right);
}

export function unary(operator: string, value: Value): Value {
  const number = asNumber(value);
  if (number === undefined) throw wrongOperand(`unary ${operator}`, value);
  if (operator === '+') return typeof number === 'bigint' ? number : new Float(number);
  return typeof number === 'bigint' ? -number : new Float(-number);
}

export function contains(container: Value, element: Value): boolean {
  if (typeof container === 'string') {
    if (typeof element === 'string') return container.includes(element);
    throw new TemplateError(`'in <string>' requires string as left operand, not ${typeName(element)}`);
  }
  if (container instanceof Map) return container.has(element);
  return elementsOf(container).some((one) => equals(one, element));
}

function arithmetic(operator: string, left: Value, right: Value): Value {
  const [a, b] = [asNumber(left), asNumber(right)];
  if (a !== undefined && b !== undefined) return calculate(operator, a, b);
  if (operator === '+') {
    if (typeof left === 'string' && typeof right === 'string') return left + right;
    if (isList(left) && isList(right)) return [...left, ...right];
    if (left instanceof Tuple && right instanceof Tuple) return new Tuple([...left.items, ...right.items]);
  }
  if (operator === '%' && typeof left === 'string') return formatPercent(left, right);
  if (operator === '*') {
    const [sequence, count] = typeof a === 'bigint' ? [right, Number(a)] : [left, asIndexOrNone(right)];
    if (count !== undefined && (typeof sequence === 'string' || isList(sequence))) return repeat(sequence, count);
  }
  for (const side of [left, right]) if (side instanceof Undefined) throw new TemplateError(side.what);
  throw new TemplateError(`unsupported operand type(s) for ${operator}: '${typeName(left)}' and '${typeName(right)}'`);
}

function asIndexOrNone(value: Value): number | undefined {
  return typeof value === 'bigint' || typeof value === 'boolean' ? asIndex(value, 'a count') : undefined;
}

function repeat(sequence: string | readonly Value[], count: number): Value {
  const times = Math.max(0, count);
  if (sequence.length * times > MAX_LENGTH) throw new TemplateError(`a repetition of ${times} times is too long`);
  return typeof sequence === 'string' ? sequence.repeat(times) : Array.from({ length: times }, () => sequence).flat();
}

const INTEGERS: Readonly<Record<string, (a: bigint, b: bigint) => Value>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => new Float(Number(a) / Number(b)),
  // Towards minus infinity, and a remainder with the sign of the divisor.
  '//': (a, b) => (a - modulo(a, b)) / b,
  '%': modulo,
  '**': power,
};

const FLOATS: Readonly<Record<string, (x: number, y: number) => number>> = {
  '+': (x, y) => x + y,
  '-': (x, y) => x - y,
  '*': (x, y) => x * y,
  '/': (x, y) => x / y,
  '//': (x, y) => Math.floor(x / y),
  '%': (x, y) => x - y * Math.floor(x / y),
  '**': (x, y) => x ** y,
};

function calculate(operator: string, a: bigint | number, b: bigint | number): Value {
  if (['/', '//', '%'].includes(operator) && Number(b) === 0) throw new TemplateError('division by zero');
  const [ofIntegers, ofFloats] = [INTEGERS[operator], FLOATS[operator]];
  if (!ofIntegers || !ofFloats) throw new TemplateError(`unknown operator ${operator}`);
  if (typeof a === 'bigint' && typeof b === 'bigint') return ofIntegers(a, b);
  return new Float(ofFloats(Number(a), Number(b)));
}

function power(a: bigint, b: bigint): Value {
  if (b < 0n) return new Float(Number(a) ** Number(b));
  if (b > 1024n) throw new TemplateError(`the power ${b} is too large`);
  return a ** b;
}

function modulo(a: bigint, b: bigint): bigint {
  const rest = a % b;
  return rest !== 0n && rest < 0n !== b < 0n ? rest + b : rest;
}

function wrongOperand(operator: string, value: Value): TemplateError {
  if (value instanceof Undefined) return new TemplateError(value.what);
  return new TemplateError(`bad operand type for ${operator}: '${typeName(value)}'`);
}
