import { WeightsFormatError } from '../weights-format-error.js';

export type JsonObject = Readonly<Record<string, unknown>>;

/** Parses a JSON object and refuses repeated keys, of which `JSON.parse` would silently keep the last. */
export function parseJsonObject(text: string, what: string): JsonObject {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new WeightsFormatError('weights-malformed', `${what} is not valid JSON: ${reason}.`, undefined, cause);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new WeightsFormatError('weights-malformed', `${what} is not a JSON object.`);
  }
  if (countColons(text) !== countKeys(parsed)) {
    throw new WeightsFormatError('weights-duplicate', `${what} names a key twice.`);
  }
  return parsed as JsonObject;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;

/** Colons outside strings: one for each key written, repeated or not. */
function countColons(text: string): number {
  let colons = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (inString && code === BACKSLASH) i++;
    else if (code === QUOTE) inString = !inString;
    else if (!inString && code === COLON) colons++;
  }
  return colons;
}

/** Keys that survived parsing, at every depth. Not recursive: hostile input may nest deeply. */
function countKeys(value: object): number {
  let keys = 0;
  const pending: object[] = [value];
  for (let next = pending.pop(); next; next = pending.pop()) {
    if (!Array.isArray(next)) keys += Object.keys(next).length;
    for (const child of Object.values(next)) if (typeof child === 'object' && child !== null) pending.push(child);
  }
  return keys;
}
