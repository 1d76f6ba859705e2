import { type ExactJson, isWrittenNumber, parseExactJson } from '@foretoken/core/text';

/** Exact twins of objects of request bodies, for those that `JSON.parse` changed. They live as long as the objects. */
const twins = new WeakMap<object, ExactJson>();

/**
 * Stands in every text of which `JSON.parse` loses something, and in few others: many digits, an exponent or
 * what would be written with one, a last digit 0 behind the point, -0, a key that looks like a number. Reading a body a second time takes several times as long.
 */
const INEXACT = /[\d.]{16}|\d[eE]|\.0{6}|\.\d*0(?!\d)|-0(?![.\d])|"\d+"\s*:|\\u003\d/;

/**
 * Remembers what `JSON.parse` lost of a body: digits of numbers that JavaScript can't hold, and the order of keys that
 * look like numbers. Parameters of requests are plain values; schemas and arguments that only pass through are not to be
 * changed on the way.
 */
export function rememberExact(value: unknown, text: string): void {
  if (!INEXACT.test(text)) return;
  if (typeof value === 'object' && value !== null) rememberTwin(value, parseExactJson(text));
}

/**
 * What differs in a value of a body from how it was written, as plain data that can go to another thread: the exact twins
 * of its parts within copies of what is around them. `undefined` where nothing differs.
 */
export function exactTwin(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Map) return undefined;
  const twin = twins.get(value);
  if (twin !== undefined) return twin;
  const parts = Object.entries(value).map(([key, item]) => [key, exactTwin(item)] as const);
  if (parts.every(([, part]) => part === undefined)) return undefined;
  return Array.isArray(value) ? parts.map(([, part]) => part) : Object.fromEntries(parts);
}

/** Remembers what `exactTwin` gave for a copy of the same value, or how it was written. Whether anything differs. */
export function rememberTwin(value: unknown, exact: unknown): boolean {
  if (isWrittenNumber(exact)) return true;
  if (Array.isArray(value) && Array.isArray(exact)) {
    const differs = value.map((item, i) => rememberTwin(item, exact[i])).includes(true);
    if (differs) twins.set(value, exact);
    return differs;
  }
  if (typeof value !== 'object' || value === null || typeof exact !== 'object' || exact === null) return false;
  if (!(exact instanceof Map)) {
    for (const [key, part] of Object.entries(exact))
      rememberTwin((value as Readonly<Record<string, unknown>>)[key], part);
    return false;
  }
  const map: ReadonlyMap<string, ExactJson> = exact;
  const keys = Object.keys(value);
  const within = Object.entries(value).map(([key, item]) => rememberTwin(item, map.get(key)));
  const differs = within.includes(true) || [...map.keys()].some((key, i) => key !== keys[i]);
  if (differs) twins.set(value, exact);
  return differs;
}

/** The value as it was written, as far as it came from a request's body; copies of its objects count by their parts. */
export function exactly(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Map) return value;
  const twin = twins.get(value);
  if (twin !== undefined) return twin;
  if (Array.isArray(value)) return value.map(exactly);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, exactly(item)]));
}
