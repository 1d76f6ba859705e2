import type { Filter } from './filters.js';
import { formatPercent } from './format-text.js';
import { item } from './members.js';
import { type JsonOptions, toJson, toText } from './python-text.js';
import { capitalize, center, length, replace, splitLines, strip } from './string-methods.js';
import { type Arguments, argument, asIndex, elementsOf, TemplateError, Tuple, truthy, type Value } from './values.js';

/** Most that text is indented by, so that a template can't exhaust the memory. */
const MAX_INDENT = 1024;

function jsonOptions(args: Arguments): JsonOptions {
  const indent = argument(args, 1, 'indent') ?? null;
  const separators = argument(args, 2, 'separators') ?? null;
  const [item, key] = separators === null ? [] : elementsOf(separators);
  return {
    ensureAscii: truthy(argument(args, 0, 'ensure_ascii') ?? false),
    indent: indent === null ? undefined : indentOf(indent),
    separators: item === undefined || key === undefined ? undefined : [toText(item), toText(key)],
    sortKeys: truthy(argument(args, 3, 'sort_keys') ?? false),
  };
}

function indentOf(value: Value): string {
  if (typeof value === 'string') return value;
  const width = asIndex(value, 'an indentation');
  if (width > MAX_INDENT) throw new TemplateError(`an indentation of ${width} is more than ${MAX_INDENT}`);
  return ' '.repeat(Math.max(0, width));
}

function indent(value: Value, args: Arguments): Value {
  const by = indentOf(argument(args, 0, 'width') ?? 4n);
  const first = truthy(argument(args, 1, 'first') ?? false);
  const blank = truthy(argument(args, 2, 'blank') ?? false);
  const lines = splitLines(`${toText(value)}\n`);
  return lines.map((line, i) => ((i === 0 ? first : blank || line !== '') ? by + line : line)).join('\n');
}

function truncate(value: Value, args: Arguments): Value {
  const size = Number(argument(args, 0, 'length') ?? 255n);
  const kill = truthy(argument(args, 1, 'killwords') ?? false);
  const end = toText(argument(args, 2, 'end') ?? '...');
  const leeway = Number(argument(args, 3, 'leeway') ?? 5n);
  const characters = [...toText(value)];
  if (characters.length <= size + leeway) return toText(value);
  const cut = characters.slice(0, size - length(end)).join('');
  return (kill || !cut.includes(' ') ? cut : cut.slice(0, cut.lastIndexOf(' '))) + end;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&#34;',
  "'": '&#39;',
};
const escaped: Filter = (value) => toText(value).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);

/** Filters that make text. */
export const textFilters: Readonly<Record<string, Filter>> = {
  capitalize: (value) => capitalize(toText(value)),
  center: (value, args) => center(toText(value), Number(argument(args, 0, 'width') ?? 80n)),
  e: escaped,
  escape: escaped,
  forceescape: escaped,
  format: (value, args) =>
    formatPercent(
      toText(value),
      args.keywords.size > 0 ? new Map<Value, Value>(args.keywords) : new Tuple(args.positional),
    ),
  indent,
  join: (value, args) => {
    const path = argument(args, 1, 'attribute');
    const elements = elementsOf(value).map((one) => (path === undefined ? one : item(one, path)));
    return elements.map(toText).join(toText(argument(args, 0, 'd') ?? ''));
  },
  lower: (value) => toText(value).toLowerCase(),
  upper: (value) => toText(value).toUpperCase(),
  replace: (value, args) =>
    replace(
      toText(value),
      toText(argument(args, 0, 'old') ?? ''),
      toText(argument(args, 1, 'new') ?? ''),
      Number(argument(args, 2, 'count') ?? -1n),
    ),
  safe: (value) => value,
  string: (value) => toText(value),
  striptags: (value) =>
    toText(value)
      .replace(/<!--.*?-->|<[^>]*>/gs, '')
      .split(/\s+/)
      .filter((word) => word !== '')
      .join(' '),
  title: (value) => toText(value).replace(/[^-\s({[<]+/gu, capitalize),
  tojson: (value, args) => toJson(value, jsonOptions(args)),
  trim: (value, args) => strip(toText(value), argument(args, 0, 'chars') ?? null),
  truncate,
  urlencode: (value) => encodeURIComponent(toText(value)).replaceAll('%2F', '/'),
  wordcount: (value) => BigInt(toText(value).match(/[\p{L}\p{N}_]+/gu)?.length ?? 0),
};
