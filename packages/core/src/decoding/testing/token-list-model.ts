import type { ForwardInput, ForwardOutput, LanguageModel, Scores, Sequence } from '../../contracts/language-model.js';
import { ClosedError, KvCapacityError, StaleScoresError } from '../../contracts/sequence-errors.js';
import { InvalidArgumentError } from '../../errors.js';

export interface TokenListModelOptions {
  readonly vocabularySize: number;
  readonly contextLength: number;
  /** Sequences that may be open at once. @default 1 */
  readonly slots?: number;
  /** Tokens a forward takes before it throws `KvCapacityError`. @default no limit */
  readonly forwardTokens?: number;
  /** How many tokens the logits depend on: few make text that repeats itself. @default 2 */
  readonly order?: number;
}

/**
 * A language model for tests: the logits are a hash of the last few tokens of the path, and each sequence keeps its
 * tokens as a plain list. It refuses every misuse that a real KV cache would answer with wrong numbers.
 */
export class TokenListModel implements LanguageModel {
  readonly vocabularySize: number;
  readonly contextLength: number;
  readonly #options: TokenListModelOptions;
  readonly #open = new Set<TokenListSequence>();
  #forwards = 0;
  /** Tokens of the sequence that was closed last. */
  lastClosed: readonly number[] = [];

  constructor(options: TokenListModelOptions) {
    this.vocabularySize = options.vocabularySize;
    this.contextLength = options.contextLength;
    this.#options = options;
  }

  get openSequences(): number {
    return this.#open.size;
  }

  /** Committed tokens of all open sequences. */
  get heldTokens(): number {
    return [...this.#open].reduce((sum, { length }) => sum + length, 0);
  }

  get forwards(): number {
    return this.#forwards;
  }

  openSequence(): Sequence {
    return this.admit([]);
  }

  admit(tokens: readonly number[]): TokenListSequence {
    const { slots = 1 } = this.#options;
    if (this.#open.size >= slots) throw new KvCapacityError('Every slot is taken.', { slots });
    const sequence = new TokenListSequence(this, tokens);
    this.#open.add(sequence);
    return sequence;
  }

  release(sequence: TokenListSequence): void {
    if (this.#open.delete(sequence)) this.lastClosed = sequence.tokens;
  }

  async forward(inputs: readonly ForwardInput[]): Promise<ForwardOutput> {
    await Promise.resolve();
    const own = inputs.map((input) => this.#score(input));
    const number = ++this.#forwards;
    const read = <T>(value: T): T => {
      if (this.#forwards !== number) throw new StaleScoresError();
      return value;
    };
    return {
      scores: own.map(
        (rows): Scores => ({
          rows: rows.length,
          argmax: () => read(Int32Array.from(rows, (row) => row.indexOf(Math.max(...row)))),
          topK: () => {
            throw new Error('The loop does not need topK.');
          },
          row: (index) => {
            const row = rows[index];
            if (row === undefined) throw new InvalidArgumentError(`No row ${index}.`);
            return read(row.slice());
          },
        }),
      ),
    };
  }

  close(): void {}

  /** Logits after these tokens. Shape [vocabularySize]. */
  logits(tokens: readonly number[]): Float32Array {
    const { order = 2 } = this.#options;
    let state = 0x9e3779b9;
    for (const token of tokens.slice(-order)) state = Math.imul(state ^ (token + 1), 0x85ebca6b) ^ (state >>> 13);
    return Float32Array.from({ length: this.vocabularySize }, (_, token) => {
      const mixed = Math.imul(state ^ Math.imul(token + 7, 0xc2b2ae35), 0x27d4eb2f);
      return (((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32) * 6;
    });
  }

  #score({ sequence, tokens, parents, want }: ForwardInput): Float32Array[] {
    const { forwardTokens = Number.POSITIVE_INFINITY } = this.#options;
    if (!(sequence instanceof TokenListSequence) || !this.#open.has(sequence)) throw new ClosedError('sequence');
    if (tokens.length === 0) throw new InvalidArgumentError('A forward needs at least one token.');
    if (tokens.length > forwardTokens || sequence.length + tokens.length > this.contextLength) {
      throw new KvCapacityError('No room.', { tokens: tokens.length, length: sequence.length });
    }
    const resolved = [...tokens.keys()].map((node) => parents?.[node] ?? node - 1);
    for (const [node, token] of tokens.entries()) {
      const parent = resolved[node] ?? -2;
      if (parent < -1 || parent >= node) throw new InvalidArgumentError(`Node ${node} has parent ${parent}.`);
      if (token < 0 || token >= this.vocabularySize) throw new InvalidArgumentError(`No token ${token}.`);
    }
    sequence.pending = { tokens: [...tokens], parents: resolved };
    if (want === 'none') return [];
    const rows = resolved.map((_, node) => this.logits(sequence.pathTo(node)));
    return want === 'all' ? rows : rows.slice(-1);
  }
}

export class TokenListSequence implements Sequence {
  readonly #model: TokenListModel;
  readonly #tokens: number[];
  #closed = false;
  pending: { readonly tokens: readonly number[]; readonly parents: readonly number[] } | undefined;

  constructor(model: TokenListModel, tokens: readonly number[]) {
    this.#model = model;
    this.#tokens = [...tokens];
  }

  get tokens(): readonly number[] {
    return [...this.#tokens];
  }

  get length(): number {
    this.#use();
    return this.#tokens.length;
  }

  /** Committed tokens, then the pending ones down to a node. */
  pathTo(node: number): number[] {
    const path: number[] = [];
    for (let at = node; at >= 0; at = this.pending?.parents[at] ?? -1) path.unshift(this.pending?.tokens[at] ?? -1);
    return [...this.#tokens, ...path];
  }

  commit(path: readonly number[]): void {
    this.#use();
    const { pending } = this;
    if (pending === undefined) throw new InvalidArgumentError('Nothing is pending.');
    let parent = -1;
    for (const node of path) {
      if (pending.parents[node] !== parent) throw new InvalidArgumentError(`Node ${node} does not follow ${parent}.`);
      parent = node;
    }
    for (const node of path) this.#tokens.push(pending.tokens[node] ?? -1);
    this.pending = undefined;
  }

  truncate(length: number): void {
    this.#use();
    if (length > this.#tokens.length) throw new InvalidArgumentError(`Can't truncate to ${length}.`);
    this.#tokens.length = length;
    this.pending = undefined;
  }

  fork(length: number = this.#tokens.length): Sequence {
    this.#use();
    if (length > this.#tokens.length) throw new InvalidArgumentError(`Can't fork ${length} tokens.`);
    return this.#model.admit(this.#tokens.slice(0, length));
  }

  close(): void {
    this.#closed = true;
    this.#model.release(this);
  }

  #use(): void {
    if (this.#closed) throw new ClosedError('sequence');
  }
}
