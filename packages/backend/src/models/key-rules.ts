import { type ModelConfiguration, UnsupportedModelError } from './configuration.js';

/**
 * What a key of a model's file may say:
 * - `'read'`: its value goes into the configuration, or is checked where that is made.
 * - `'harmless'`: whatever it says, the computation stays the same.
 * - a list: these values ask for what is computed anyway; every other one is refused.
 */
export type KeyRule = 'read' | 'harmless' | readonly unknown[] | ((configuration: ModelConfiguration) => unknown[]);

export interface KeyRules {
  readonly keys: Readonly<Record<string, KeyRule>>;
  /** Rules for keys that are not in the table; the first that matches counts. */
  readonly patterns: readonly (readonly [pattern: RegExp, rule: KeyRule])[];
}

/** The same rule for several names, with spaces between them. */
export function named(rule: KeyRule, names: string): Readonly<Record<string, KeyRule>> {
  return Object.fromEntries(
    names
      .trim()
      .split(/\s+/)
      .map((name) => [name, rule]),
  );
}

/** Rules with those of a family before them. */
export function withFamily(rules: KeyRules, family: KeyRules['keys'] = {}): KeyRules {
  return { ...rules, keys: { ...rules.keys, ...family } };
}

/**
 * Refuses keys that ask for something that would not be computed. A key without a rule passes where its value says
 * that the feature is off (`null`, `false`, 0, `''`, `'none'`, nothing but such), and is refused otherwise: ignoring it
 * could make the answers wrong without anyone noticing.
 *
 * @throws {UnsupportedModelError} naming the key, its value and what would pass.
 */
export function checkKeys(
  entries: Iterable<readonly [key: string, value: unknown]>,
  rules: KeyRules,
  configuration: ModelConfiguration,
  where: string,
): void {
  for (const [key, value] of entries) {
    const own = Object.hasOwn(rules.keys, key) ? rules.keys[key] : undefined;
    const rule = own ?? rules.patterns.find(([pattern]) => pattern.test(key))?.[1];
    if (rule === 'read' || rule === 'harmless' || value === null || value === undefined) continue;
    const allowed = typeof rule === 'function' ? rule(configuration) : rule;
    if (allowed ? allowed.some((one) => same(one, value)) : isOff(value)) continue;
    const shown = JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? String(part) : part)).slice(0, 200);
    throw new UnsupportedModelError(
      `${where} says '${key}' = ${shown}, which this version does not compute${allowed ? ` (only ${allowed.map((one) => JSON.stringify(one)).join(', ')})` : ''}; without it the answers would be wrong. Take another model; remove the key only if you know that it changes nothing.`,
      { key, value },
    );
  }
}

/** Floats went through float32 or decimal text on their way. */
function same(allowed: unknown, value: unknown): boolean {
  if (Array.isArray(value)) return value.every((one) => same(allowed, one));
  if (typeof allowed === 'string' && typeof value === 'string') return allowed.toLowerCase() === value.toLowerCase();
  if (typeof allowed !== 'number' || typeof value !== 'number') return allowed === value;
  return Math.abs(allowed - value) <= 1e-6 * Math.max(1, Math.abs(allowed));
}

function isOff(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(isOff);
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0;
  return value === false || value === 0 || value === 0n || value === '' || value === 'none' || value === null;
}
