import { floatText, toRepresentation, toText } from './python-text.js';
import { asNumber, TemplateError, Tuple, type Value } from './values.js';

/** `template % values`, for the conversions that text needs: s, r, d, i, f, e, g, x, X, o, c and %. */
export function formatPercent(template: string, values: Value): string {
  const list = values instanceof Tuple ? values.items : [values];
  const named = values instanceof Map ? values : undefined;
  let next = 0;
  const text = template.replace(
    /%(?:\((?<name>[^)]*)\))?(?<flags>[-+ 0#]*)(?<width>\d+)?(?:\.(?<precision>\d+))?(?<kind>[a-zA-Z%])/g,
    (...match) => {
      const groups = match.at(-1) as Readonly<Record<string, string | undefined>>;
      if (groups.kind === '%') return '%';
      const value = groups.name === undefined ? list[next++] : named?.get(groups.name);
      if (value === undefined) throw new TemplateError('not enough arguments for format string');
      const flags = groups.flags ?? '';
      const precision = groups.precision === undefined ? undefined : Number(groups.precision);
      const converted = convert(value, groups.kind ?? 's', precision);
      const signed =
        flags.includes('+') && !converted.startsWith('-') && groups.kind !== 's' ? `+${converted}` : converted;
      const width = Number(groups.width ?? 0);
      if (flags.includes('-')) return signed.padEnd(width);
      return flags.includes('0') && groups.kind !== 's' ? zeroFill(signed, width) : signed.padStart(width);
    },
  );
  if (named === undefined && next < list.length)
    throw new TemplateError('not all arguments converted during formatting');
  return text;
}

/** `str.format` with `{}`, `{0}`, `{name}` and the format specifications of numbers and text. */
export function formatBraces(
  template: string,
  positional: readonly Value[],
  named: ReadonlyMap<string, Value>,
): string {
  let next = 0;
  return template.replace(/\{\{|\}\}|\{([^{}:!]*)(?:!([rs]))?(?::([^{}]*))?\}/g, (whole, name, conversion, spec) => {
    if (whole === '{{' || whole === '}}') return whole.slice(1);
    const value = name === '' ? positional[next++] : /^\d+$/.test(name) ? positional[Number(name)] : named.get(name);
    if (value === undefined) throw new TemplateError(`format() has no value for ${whole}`);
    const shown = conversion === 'r' ? toRepresentation(value) : value;
    return formatSpecified(shown, spec ?? '');
  });
}

function formatSpecified(value: Value, specification: string): string {
  const match = /^(?:(.)?([<>^=]))?([+ ]?)(0?)(\d*)(,?)(?:\.(\d+))?([a-zA-Z%]?)$/.exec(specification);
  if (!match) throw new TemplateError(`the format specification '${specification}' is not supported`);
  const [, fill, align, sign, zero, width, comma, precision, kind = ''] = match;
  const numeric = asNumber(value) !== undefined && typeof value !== 'boolean';
  const digits = precision === undefined ? undefined : Number(precision);
  let text =
    kind === '' && digits === undefined ? toText(value) : convert(value, kind || (numeric ? 'g' : 's'), digits);
  if (comma) text = text.replace(/^(-?)(\d+)/, (_, minus, whole) => minus + whole.replace(/\B(?=(\d{3})+$)/g, ','));
  if (sign === '+' && numeric && !text.startsWith('-')) text = `+${text}`;
  const size = Number(width || 0);
  const missing = Math.max(0, size - [...text].length);
  if (zero && !align) return zeroFill(text, size);
  const pad = (count: number): string => (fill ?? ' ').repeat(count);
  switch (align ?? (numeric ? '>' : '<')) {
    case '<':
      return text + pad(missing);
    case '^':
      return pad(Math.floor(missing / 2)) + text + pad(Math.ceil(missing / 2));
    default:
      return pad(missing) + text;
  }
}

function convert(value: Value, kind: string, precision: number | undefined): string {
  if (kind === 's') return toText(value).slice(0, precision);
  if (kind === 'r') return toRepresentation(value).slice(0, precision);
  if (kind === 'c' && typeof value === 'string') return value;
  const number = asNumber(value);
  if (number === undefined) throw new TemplateError(`%${kind} format: a number is required`);
  switch (kind) {
    case 'd':
    case 'i':
      return String(typeof number === 'bigint' ? number : BigInt(Math.trunc(number)));
    case 'x':
      return number.toString(16);
    case 'X':
      return number.toString(16).toUpperCase();
    case 'o':
      return number.toString(8);
    case 'f':
    case 'F':
      return Number(number).toFixed(precision ?? 6);
    case '%':
      return `${(Number(number) * 100).toFixed(precision ?? 6)}%`;
    case 'e':
      return Number(number)
        .toExponential(precision ?? 6)
        .replace(/e([-+])(\d)$/, 'e$10$2');
    case 'g': {
      const text = floatText(Number(Number(number).toPrecision(precision || 6)));
      return text.replace(/\.0$/, '');
    }
    default:
      throw new TemplateError(`unsupported format character '${kind}'`);
  }
}

/** Zeros behind the sign, up to a width in characters. */
export function zeroFill(text: string, width: number): string {
  const sign = /^[+-]/.test(text) ? text.slice(0, 1) : '';
  const missing = Math.max(0, width - [...text].length);
  return sign + '0'.repeat(missing) + text.slice(sign.length);
}
