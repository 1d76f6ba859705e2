import type { ForwardInput, LanguageModel, Sequence } from '@foretoken/core';
import fc from 'fast-check';

/** Threads that a pass may run on. */
export type SetThreads = (count: number) => void;

/** What is done to some of the open sequences, which are counted round. */
export type BitsStep =
  | { readonly kind: 'pass'; readonly threads: number; readonly first: number; readonly parts: readonly BitsPart[] }
  | { readonly kind: 'fork'; readonly of: number; readonly length: number }
  | { readonly kind: 'truncate'; readonly of: number; readonly length: number }
  /** As the engine does when the cache is full: the slot is given up, and the text read anew in pieces of this size. */
  | { readonly kind: 'preempt'; readonly of: number; readonly piece: number };

/** What one sequence has in a pass: a token and a draw for each node. */
export interface BitsPart {
  readonly nodes: readonly (readonly [token: number, draw: number])[];
  readonly shape: 'chain' | 'tree';
  readonly want: ForwardInput['want'];
  /** Draws the node whose path is committed. */
  readonly keep: number;
}

/** Sequences open at a time beside the one that is computed alone. */
export const BITS_SEQUENCES = 9;

/** Random lists of steps. `longest`: most tokens of a part. */
export function bitsSteps(vocabularySize: number, longest: number): fc.Arbitrary<readonly BitsStep[]> {
  const draw = fc.nat(1 << 20);
  const part = fc.record({
    nodes: fc.array(fc.tuple(fc.nat(vocabularySize - 1), draw), { minLength: 1, maxLength: longest }),
    shape: fc.constantFrom('chain' as const, 'tree' as const),
    want: fc.constantFrom('all' as const, 'all' as const, 'last' as const, 'none' as const),
    keep: draw,
  });
  const pass = fc.record({
    kind: fc.constant('pass' as const),
    threads: fc.integer({ min: 1, max: 2 }),
    first: draw,
    parts: fc.array(part, { minLength: 1, maxLength: BITS_SEQUENCES }),
  });
  const other = fc.oneof(
    fc.record({ kind: fc.constant('fork' as const), of: draw, length: draw }),
    fc.record({ kind: fc.constant('truncate' as const), of: draw, length: draw }),
    fc.record({ kind: fc.constant('preempt' as const), of: draw, piece: fc.integer({ min: 1, max: 2 * longest }) }),
  );
  return fc.array(fc.oneof({ weight: 2, arbitrary: pass }, { weight: 1, arbitrary: other }), {
    minLength: 3,
    maxLength: 8,
  });
}

/** Logits of texts, each token computed in a pass of its own on one thread with nothing beside it. Needs a slot. */
export class AloneLogits {
  readonly #model: LanguageModel;
  readonly #setThreads: SetThreads;
  readonly #sequence: Sequence;
  readonly #rows = new Map<string, Float32Array>();
  #text: readonly number[] = [];

  constructor(model: LanguageModel, setThreads: SetThreads) {
    this.#model = model;
    this.#setThreads = setThreads;
    this.#sequence = model.openSequence();
  }

  /** Logits behind a text of at least one token. */
  async row(text: readonly number[]): Promise<Float32Array> {
    const key = text.join();
    const known = this.#rows.get(key);
    if (known !== undefined) return known;
    this.#setThreads(1);
    const differs = text.findIndex((token, index) => token !== this.#text[index]);
    const shared = Math.min(differs < 0 ? text.length : differs, text.length - 1);
    this.#sequence.truncate(shared);
    let row: Float32Array | undefined;
    for (let at = shared; at < text.length; at++) {
      const want = at === text.length - 1 ? 'last' : 'none';
      const { scores } = await this.#model.forward([
        { sequence: this.#sequence, tokens: Int32Array.from(text.slice(at, at + 1)), want },
      ]);
      row = want === 'last' ? scores[0]?.row(0) : undefined;
      this.#sequence.commit([0]);
    }
    this.#text = [...text];
    if (row === undefined) throw new Error('an empty text has no logits');
    this.#rows.set(key, row);
    return row;
  }

  close(): void {
    this.#sequence.close();
  }
}

interface Open {
  sequence: Sequence;
  text: number[];
}

/**
 * Takes the steps, starting from sequences that hold beginnings of `text` of the given lengths, and compares every row of
 * logits that a pass gives with the one that its text has alone.
 *
 * @returns how many rows were compared.
 * @throws {Error} when a row has other bits.
 */
export async function checkBits(options: {
  readonly model: LanguageModel;
  readonly setThreads: SetThreads;
  readonly alone: AloneLogits;
  readonly text: readonly number[];
  readonly lengths: readonly number[];
  readonly steps: readonly BitsStep[];
}): Promise<number> {
  const { model, setThreads, alone, steps } = options;
  const open: Open[] = [];
  let compared = 0;

  const at = (draw: number): Open => open[draw % open.length] as Open;

  async function read(entry: Open, text: readonly number[], piece: number): Promise<void> {
    for (let from = 0; from < text.length; from += piece) {
      const tokens = text.slice(from, from + piece);
      await model.forward([{ sequence: entry.sequence, tokens: Int32Array.from(tokens), want: 'none' }]);
      entry.sequence.commit([...tokens.keys()]);
    }
    entry.text = [...text];
  }

  async function pass({ threads, first, parts }: Extract<BitsStep, { kind: 'pass' }>): Promise<void> {
    const members = parts
      .slice(0, open.length)
      .map((part, index) => ({ part, entry: at(first + index) }))
      .filter(({ part, entry }) => entry.text.length + part.nodes.length <= model.contextLength);
    if (members.length === 0) return;
    setThreads(threads);
    const inputs = members.map(({ part, entry: { sequence } }) => ({
      sequence,
      tokens: Int32Array.from(part.nodes, ([token]) => token),
      parents: parentsOf(part),
      want: part.want,
    }));
    const { scores } = await model.forward(inputs);
    // All rows first: computing one alone makes these stale.
    const rows = scores.map((one) => Array.from({ length: one.rows }, (_, row) => one.row(row)));
    const paths = inputs.map(({ parents }) => Array.from(parents, (_, node) => pathTo(parents, node)));
    const kept = members.map(({ part, entry: { sequence } }, index) => {
      const path = paths[index]?.[part.keep % part.nodes.length] ?? [];
      sequence.commit(path);
      return path;
    });
    for (const [index, { part, entry }] of members.entries()) {
      const texts = (paths[index] ?? []).map((path) => [
        ...entry.text,
        ...path.map((node) => part.nodes[node]?.[0] ?? 0),
      ]);
      const scored = part.want === 'all' ? texts : part.want === 'last' ? texts.slice(-1) : [];
      for (const [row, text] of scored.entries()) {
        const expected = await alone.row(text);
        const found = rows[index]?.[row] ?? new Float32Array();
        if (!sameBits(expected, found)) {
          throw new Error(
            `token ${row} of ${part.nodes.length} (${part.shape}) behind ${entry.text.length} others, with ${members.length - 1} more sequences on ${threads} threads, has other logits than alone`,
          );
        }
        compared++;
      }
      entry.text = texts[kept[index]?.at(-1) ?? -1] ?? entry.text;
    }
  }

  try {
    for (const length of options.lengths) {
      const entry = { sequence: model.openSequence(), text: [] };
      open.push(entry);
      await read(entry, options.text.slice(0, length), 1 + (length % 61));
    }
    for (const step of steps) {
      if (step.kind === 'pass') {
        await pass(step);
        continue;
      }
      const entry = at(step.of);
      if (step.kind === 'fork' && open.length < BITS_SEQUENCES) {
        const length = step.length % (entry.text.length + 1);
        open.push({ sequence: entry.sequence.fork(length), text: entry.text.slice(0, length) });
      } else if (step.kind === 'truncate') {
        entry.text.length = step.length % (entry.text.length + 1);
        entry.sequence.truncate(entry.text.length);
      } else if (step.kind === 'preempt') {
        entry.sequence.close();
        entry.sequence = model.openSequence();
        await read(entry, entry.text, step.piece);
      }
    }
  } finally {
    for (const { sequence } of open) sequence.close();
  }
  return compared;
}

function parentsOf({ nodes, shape }: BitsPart): Int32Array {
  return Int32Array.from(nodes, ([, draw], index) => (shape === 'chain' ? index - 1 : (draw % (index + 1)) - 1));
}

function pathTo(parents: Int32Array, node: number): number[] {
  const path: number[] = [];
  for (let at = node; at >= 0; at = parents[at] ?? -1) path.unshift(at);
  return path;
}

function sameBits(one: Float32Array, other: Float32Array): boolean {
  return Buffer.compare(bytesOf(one), bytesOf(other)) === 0;
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
