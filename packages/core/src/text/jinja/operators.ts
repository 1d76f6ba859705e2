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

/** Every binary operator but `and` and `or`, which don't always look at their right side. */
export function binary(operator: string, left: Value, right: Value): Value {
  switch (operator) {
    case '==':
      return equals(left, right);
    case '!=':
      return !equals(left, right);
    case '~':
      return toText(left) + toText(right);
    case 'in':
      return contains(right, left);
    case 'not in':
      return !contains(right, left);
    case '<':
      return compare(left, right) < 0;
    case '>':
      return compare(left, right) > 0;
    case '<=':
      return compare(left, right) <= 0;
    case '>=':
      return compare(left, right) >= 0;
    default:
      return arithmetic(operator, left, right);
  }
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

function calculate(operator: string, a: bigint | number, b: bigint | number): Value {
  if (['/', '//', '%'].includes(operator) && Number(b) === 0) throw new TemplateError('division by zero');
  if (typeof a === 'bigint' && typeof b === 'bigint') {
    switch (operator) {
      case '+':
        return a + b;
      case '-':
        return a - b;
      case '*':
        return a * b;
      case '/':
        return new Float(Number(a) / Number(b));
      // Towards minus infinity, and a remainder with the sign of the divisor.
      case '//':
        return (a - modulo(a, b)) / b;
      case '%':
        return modulo(a, b);
      case '**':
        if (b < 0n) return new Float(Number(a) ** Number(b));
        if (b > 1024n) throw new TemplateError(`the power ${b} is too large`);
        return a ** b;
    }
  }
  const [x, y] = [Number(a), Number(b)];
  switch (operator) {
    case '+':
      return new Float(x + y);
    case '-':
      return new Float(x - y);
    case '*':
      return new Float(x * y);
    case '/':
      return new Float(x / y);
    case '//':
      return new Float(Math.floor(x / y));
    case '%':
      return new Float(x - y * Math.floor(x / y));
    case '**':
      return new Float(x ** y);
    default:
      throw new TemplateError(`unknown operator ${operator}`);
  }
}

function modulo(a: bigint, b: bigint): bigint {
  const rest = a % b;
  return rest !== 0n && rest < 0n !== b < 0n ? rest + b : rest;
}

function wrongOperand(operator: string, value: Value): TemplateError {
  if (value instanceof Undefined) return new TemplateError(value.what);
  return new TemplateError(`bad operand type for ${operator}: '${typeName(value)}'`);
}
