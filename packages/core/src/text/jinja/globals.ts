import { toText } from './python-text.js';
import { Scope } from './scope.js';
import {
  asIndex,
  asText,
  Callable,
  elementsOf,
  fromJavaScript,
  Namespace,
  TemplateError,
  type Value,
} from './values.js';

/** Longest `range()` in a template, so that a file can't exhaust the memory. */
const MAX_RANGE_LENGTH = 100_000;

const CONSTANTS = { true: true, True: true, false: false, False: false, none: null, None: null };

/** What every template sees beside its variables, as `transformers` gives it. `strftime` writes the time. */
export function createGlobals(
  variables: Readonly<Record<string, unknown>>,
  strftime: (format: string) => string,
): Scope {
  const scope = new Scope();
  const define = (name: string, call: Callable['call']): void => scope.set(name, new Callable(name, call));
  define('raise_exception', ({ positional: [message = ''] }) => {
    throw new TemplateError(toText(message));
  });
  define('strftime_now', ({ positional: [format = null] }) => strftime(asText(format, 'the format')));
  define('range', ({ positional }) => range(positional));
  define(
    'namespace',
    ({ positional: [first], keywords }) => new Namespace(new Map([...entriesOf(first), ...keywords])),
  );
  define('dict', ({ positional: [first], keywords }) => new Map<Value, Value>([...entriesOf(first), ...keywords]));
  define('joiner', ({ positional: [separator = ', '] }) => {
    let used = false;
    return new Callable('joiner', () => {
      const text = used ? separator : '';
      used = true;
      return text;
    });
  });
  for (const [name, value] of Object.entries({ ...CONSTANTS, ...variables })) scope.set(name, fromJavaScript(value));
  return scope;
}

function range(args: readonly Value[]): Value {
  const numbers = args.map((one) => asIndex(one, 'range() argument'));
  const [from = 0, to = 0, step = 1] = numbers.length === 1 ? [0, ...numbers] : numbers;
  if (step === 0) throw new TemplateError('range() arg 3 must not be zero');
  const length = Math.max(0, Math.ceil((to - from) / step));
  if (length > MAX_RANGE_LENGTH) {
    throw new TemplateError(`range() of ${length} numbers; at most ${MAX_RANGE_LENGTH} are made.`);
  }
  return Array.from({ length }, (_, i) => BigInt(from + i * step));
}

/** The pairs that `dict()` and `namespace()` are made from: those of a dict, or of a list of pairs. */
function entriesOf(value: Value | undefined): [string, Value][] {
  if (value === undefined) return [];
  const pairs = value instanceof Map ? [...value] : elementsOf(value).map(elementsOf);
  return pairs.map(([key = null, one = null]) => [toText(key), one]);
}
