import type { z } from 'zod';

/** Parameters inside which clients put keys of their own, or send back what they made of an answer. */
const TOLERANT: ReadonlySet<PropertyKey> = new Set([
  'input',
  'messages',
  'prediction',
  'stream_options',
  'tool_choice',
  'tools',
]);

/** A key that no schema knows, in a place where that is no error. */
export interface IgnoredKey {
  /** Of the object that has it. */
  readonly path: readonly PropertyKey[];
  readonly key: string;
}

/** The unknown keys among what a schema complains of that can be left out. Those at the top level can not. */
export function ignoredKeys(
  issues: readonly z.core.$ZodIssue[],
  parents: readonly PropertyKey[] = [],
): readonly IgnoredKey[] {
  return issues.flatMap((issue) => {
    const path = [...parents, ...issue.path];
    if (issue.code === 'invalid_union') return issue.errors.flatMap((errors) => ignoredKeys(errors, path));
    if (issue.code !== 'unrecognized_keys' || !TOLERANT.has(path[0] ?? '')) return [];
    return issue.keys.map((key) => ({ path, key }));
  });
}

/** Takes a key out of a body, which is changed. */
export function removeKey(body: Record<string, unknown>, { path, key }: IgnoredKey): void {
  const owner = path.reduce<unknown>((value, part) => (value as Record<PropertyKey, unknown>)[part], body);
  delete (owner as Record<string, unknown>)[key];
}
