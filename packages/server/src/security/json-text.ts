import { rememberExact } from '../tools/exact-values.js';

/** Levels of arrays and objects in a request: deeper than any schema that people write, shallow enough for recursion. */
export const MAX_JSON_DEPTH = 100;

export type JsonReading =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'refused'; readonly message: string };

/**
 * Reads JSON from a stranger: bounds its depth before parsing, and refuses the names by which a later merge of objects
 * would change the prototype of all of them. Messages repeat nothing of the text, because they may be logged.
 */
export function readJson(text: string): JsonReading {
  if (deeperThan(text, MAX_JSON_DEPTH)) {
    return { kind: 'refused', message: `The body has more than ${MAX_JSON_DEPTH} levels of arrays and objects.` };
  }
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

/** Whether brackets outside of strings nest deeper than a limit. One pass, no recursion. */
function deeperThan(text: string, limit: number): boolean {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (inString) {
      if (code === 0x5c) i++;
      else if (code === 0x22) inString = false;
    } else if (code === 0x22) inString = true;
    else if (code === 0x5b || code === 0x7b) {
      depth++;
      if (depth > limit) return true;
    } else if (code === 0x5d || code === 0x7d) depth--;
  }
  return false;
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
