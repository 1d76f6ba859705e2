import { InvalidConstraintError } from '../errors.js';
import { asSchema, type Schema } from './schema.js';

/** What a `$ref` leads to: a JSON pointer into the same document. Throws `InvalidConstraintError`. */
export function resolveReference(document: unknown, reference: unknown, path: string): Schema {
  if (typeof reference !== 'string' || (reference !== '#' && !reference.startsWith('#/'))) {
    throw new InvalidConstraintError(
      `$ref must lead into the same schema ("#/$defs/name"), but is ${JSON.stringify(reference)}.`,
      { path: `${path}/$ref` },
    );
  }
  let at: unknown = document;
  for (const part of reference.split('/').slice(1)) {
    const name = decode(part).replaceAll('~1', '/').replaceAll('~0', '~');
    at = typeof at === 'object' && at !== null && Object.hasOwn(at, name) ? (at as Schema)[name] : undefined;
    if (at === undefined) {
      throw new InvalidConstraintError(`$ref ${JSON.stringify(reference)} leads nowhere.`, { path: `${path}/$ref` });
    }
  }
  return asSchema(at, reference);
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/**
 * Whether some reference leads back to itself with nothing written on the way. `direct` holds for each reference those
 * that stand at its own beginning and end.
 */
export function findEndlessReference(direct: ReadonlyMap<string, ReadonlySet<string>>): string | undefined {
  const done = new Set<string>();
  const visit = (reference: string, above: ReadonlySet<string>): string | undefined => {
    if (above.has(reference)) return reference;
    if (done.has(reference)) return undefined;
    const path = new Set(above).add(reference);
    for (const next of direct.get(reference) ?? []) {
      const endless = visit(next, path);
      if (endless !== undefined) return endless;
    }
    done.add(reference);
    return undefined;
  };
  for (const reference of direct.keys()) {
    const endless = visit(reference, new Set());
    if (endless !== undefined) return endless;
  }
  return undefined;
}
