import { rememberExact } from '../tools/exact-values.js';

/** Levels of arrays and objects in a request: deeper than any schema that people write, shallow enough for recursion. */
export const MAX_JSON_DEPTH = 100;

/** Values of a request: each takes time and memory beyond its characters, here and in everything after it. */
export const MAX_JSON_VALUES = 131_072;
/** Keys of all its objects. Each takes some ten times as long as a number in a list. */
export const MAX_JSON_KEYS = 16_384;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

export type JsonReading =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'refused'; readonly message: string };

/**
 * Reads JSON from a stranger: bounds its depth and its number of values before parsing, and refuses the names by which a later merge of objects
 * would change the prototype of all of them. Messages repeat nothing of the text, because they may be logged.
 */
export function readJson(text: string): JsonReading {
  const excess = excessOf(text);
  if (excess !== undefined) return { kind: 'refused', message: `The body has more than ${excess}.` };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: 'refused', message: 'The body is not valid JSON.' };
  }
  const name = dangerousName(value);
  if (name === undefined) {
    rememberExact(value, text);
    return { kind: 'value', value };
  }
  return { kind: 'refused', message: `The body has a property "${name}", which is not taken from requests.` };
}

export function readJsonBytes(bytes: Uint8Array): JsonReading {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return { kind: 'refused', message: 'The body is not valid UTF-8.' };
  }
  return readJson(text);
}

/** What there is too much of outside of strings: levels, or values. One pass, no recursion. */
function excessOf(text: string): string | undefined {
  let depth = 0;
  let values = 0;
  let keys = 0;
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case QUOTE:
        i = endOfString(text, i + 1);
        break;
      case 0x5b: // [
      case 0x7b: // {
        depth++;
        values++;
        if (depth > MAX_JSON_DEPTH) return `${MAX_JSON_DEPTH} levels of arrays and objects`;
        break;
      case 0x5d: // ]
      case 0x7d: // }
        depth--;
        break;
      case 0x2c: // ,
        values++;
        break;
      case 0x3a: // :
        keys++;
    }
    if (values > MAX_JSON_VALUES) return `${MAX_JSON_VALUES} values`;
    if (keys > MAX_JSON_KEYS) return `${MAX_JSON_KEYS} keys of objects`;
  }
  return undefined;
}

/** Where the string that begins at a place ends: at its quote, or behind the text. */
function endOfString(text: string, start: number): number {
  for (let from = start; ; ) {
    const quote = text.indexOf('"', from);
    if (quote < 0) return text.length;
    let escapes = 0;
    while (quote - escapes > start && text.charCodeAt(quote - escapes - 1) === BACKSLASH) escapes++;
    if (escapes % 2 === 0) return quote;
    from = quote + 1;
  }
}

/** A `__proto__`, or a `constructor` with a `prototype`. A field that is merely called "constructor" is fine. */
function dangerousName(root: unknown): string | undefined {
  const open: unknown[] = [root];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value !== 'object' || value === null) continue;
    if (Object.hasOwn(value, '__proto__')) return '__proto__';
    if (!Array.isArray(value) && Object.hasOwn(value, 'constructor')) {
      const { constructor: inner } = value as { readonly constructor: unknown };
      if (typeof inner === 'object' && inner !== null && Object.hasOwn(inner, 'prototype')) {
        return 'constructor.prototype';
      }
    }
    for (const inner of Object.values(value)) {
      if (typeof inner === 'object' && inner !== null) open.push(inner);
    }
  }
  return undefined;
}
