import { isWrittenNumber, writeExactJson } from './exact-json.js';
/** What must not be read in texts from outside: names, and the pieces that could begin or end one. */
export class ForbiddenNames {
  /** Longer names first, as an encoder looks for them. */
  readonly names: readonly string[];
  readonly #heads: ReadonlySet<string>;
  readonly #tails: ReadonlySet<string>;
  readonly #longest: number;

  constructor(names: readonly string[]) {
    this.names = [...names].sort((a, b) => b.length - a.length);
    this.#longest = (this.names[0]?.length ?? 1) - 1;
    const pieces = (cut: (name: string, at: number) => string): Set<string> =>
      new Set(this.names.flatMap((name) => Array.from({ length: name.length - 1 }, (_, at) => cut(name, at + 1))));
    this.#heads = pieces((name, at) => name.slice(at));
    this.#tails = pieces((name, at) => name.slice(0, at));
  }

  /** Characters at the beginning of a text that are the end of a name. */
  headOf(text: string): number {
    return this.#edge(text, (length) => this.#heads.has(text.slice(0, length)));
  }

  /** Characters at the end of a text that are the beginning of a name. */
  tailOf(text: string): number {
    return this.#edge(text, (length) => this.#tails.has(text.slice(text.length - length)));
  }

  #edge(text: string, isPiece: (length: number) => boolean): number {
    for (let length = Math.min(this.#longest, text.length); length > 0; length--) if (isPiece(length)) return length;
    return 0;
  }
}

/** Puts unguessable words in the place of what must not be read, and takes them out again. */
export interface StandIns {
  /** A copy of a value in which every string is safe to go through a template. */
  hide(value: unknown): unknown;
  /** The text with what was hidden back in its place. */
  reveal(text: string): string;
  /** How many different ones there are. */
  readonly used: number;
}

/** @param values - everything that will be hidden: no stand-in occurs in it */
export function createStandIns(forbidden: ForbiddenNames, values: unknown): StandIns {
  const word = unusedWord(writeExactJson(values));
  const hidden: string[] = [];
  const standIn = (text: string): string => {
    const known = hidden.indexOf(text);
    // Letters and digits alone: nothing that JSON escapes or a template trims.
    return `${word}${known >= 0 ? known : hidden.push(text) - 1}x`;
  };
  const hideNames = (text: string): string =>
    forbidden.names.reduce(
      (all, name) => (all.includes(name) ? all.split(name).reduce((left, right) => left + standIn(name) + right) : all),
      text,
    );
  const hideText = (text: string): string => {
    // Behind white space, because templates trim.
    const { before, core, after } = trimmed(hideNames(text));
    const [head, tail] = [forbidden.headOf(core), forbidden.tailOf(core)];
    if (head + tail === 0) return before + core + after;
    if (head + tail >= core.length) return before + standIn(core) + after;
    const start = head > 0 ? standIn(core.slice(0, head)) : '';
    const end = tail > 0 ? standIn(core.slice(-tail)) : '';
    return before + start + core.slice(head, core.length - tail) + end + after;
  };
  const hide = (value: unknown): unknown => {
    if (typeof value === 'string') return hideText(value);
    if (Array.isArray(value)) return value.map(hide);
    if (typeof value !== 'object' || value === null || isWrittenNumber(value)) return value;
    if (value instanceof Map) {
      return new Map([...(value as ReadonlyMap<string, unknown>)].map(([key, entry]) => [hideNames(key), hide(entry)]));
    }
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [hideNames(key), hide(entry)]));
  };
  const pattern = new RegExp(`${word}(\\d+)x`, 'g');
  return {
    hide,
    reveal: (text) => text.replace(pattern, (_, index: string) => hidden[Number(index)] ?? ''),
    get used() {
      return hidden.length;
    },
  };
}

function unusedWord(all: string): string {
  for (;;) {
    const word = `q${globalThis.crypto.randomUUID().replaceAll('-', '')}q`;
    if (!all.includes(word)) return word;
  }
}

function trimmed(text: string): { readonly before: string; readonly core: string; readonly after: string } {
  const core = text.trim();
  const at = text.indexOf(core);
  return { before: text.slice(0, at), core, after: text.slice(at + core.length) };
}
