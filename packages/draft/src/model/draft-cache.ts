import type { ChainInput, GuessedChain, LanguageModel, ReadProgress, Scores, Sequence } from '@foretoken/core';

/** Most tokens of one forward while a prompt is read. */
const CHUNK = 512;

/** Tokens as a tree: `parents[i] < i`, -1 for a child of the last committed token. */
interface TokenTree {
  readonly tokens: Int32Array;
  readonly parents: Int32Array;
}

/**
 * The draft model's KV cache of one sequence. It is brought in step when the next guess is wanted: what it holds of
 * earlier guesses is kept as far as it agrees with the context, the rest is forgotten, and only what lacks is fed.
 */
export class DraftCache {
  readonly #model: LanguageModel;
  readonly #sequence: Sequence;
  /** Tokens committed to the sequence: earlier context, then guesses of the last chain. */
  readonly #held: number[] = [];
  /** Guesses that were scored in the last forward and are still pending. */
  #pending: TokenTree | undefined;

  constructor(model: LanguageModel) {
    this.#model = model;
    this.#sequence = model.openSequence();
  }

  /** Tokens that still fit behind the held ones. */
  get room(): number {
    return this.#model.contextLength - this.#held.length;
  }

  /** Holds exactly `context` afterwards. Logits of what follows it, or `undefined` when it is empty or does not fit. */
  async follow(context: readonly number[]): Promise<Float32Array | undefined> {
    if (context.length === 0 || context.length > this.#model.contextLength) return undefined;
    return this.#feed(await this.#catchUp(context), 'last');
  }

  /** Holds so many more tokens of `context`, at most all but its last, which the first guess feeds. */
  async read(context: readonly number[], tokens: number): Promise<ReadProgress> {
    const end = Math.min(context.length, this.#model.contextLength) - 1;
    const kept = this.#rewind(context);
    const next = context.slice(kept, Math.min(end, kept + Math.min(tokens, CHUNK)));
    if (next.length > 0) await this.#feed(next, 'none');
    return { read: next.length, left: Math.max(0, end - kept - next.length) };
  }

  /**
   * Guesses a chain behind `context` in one call of the model and holds what was scored. `undefined` when the context is
   * empty or does not fit. Needs a model with `forwardChain`.
   */
  async guess(
    context: readonly number[],
    options: Omit<ChainInput, 'sequence' | 'tokens'>,
  ): Promise<GuessedChain | undefined> {
    if (context.length === 0 || context.length > this.#model.contextLength) return undefined;
    const tokens = await this.#catchUp(context);
    this.#pending = undefined;
    const input = { ...options, sequence: this.#sequence, tokens: Int32Array.from(tokens) };
    const [chain] = (await this.#model.forwardChain?.([input])) ?? [];
    if (chain === undefined) return undefined;
    this.#sequence.commit(Array.from({ length: chain.pending }, (_, node) => node));
    this.#held.push(...tokens, ...chain.tokens.subarray(0, chain.pending - tokens.length));
    return chain;
  }

  /** Holds as much of `context` as the last forward can leave to be fed, and gives the rest: its last token at least. */
  async #catchUp(context: readonly number[]): Promise<readonly number[]> {
    let kept = this.#rewind(context);
    for (; context.length - kept > CHUNK; kept += CHUNK) await this.#feed(context.slice(kept, kept + CHUNK), 'none');
    return context.slice(kept);
  }

  /** Forgets what does not agree with `context`, and its last token, which is fed in any case: its logits are wanted. */
  #rewind(context: readonly number[]): number {
    this.#settle(context);
    let kept = 0;
    while (kept < Math.min(this.#held.length, context.length - 1) && this.#held[kept] === context[kept]) kept++;
    if (kept < this.#held.length) this.#sequence.truncate(kept);
    this.#held.length = kept;
    return kept;
  }

  /** Holds a guess as well. Logits of what follows it, or `undefined` when it does not fit. */
  async extend(token: number): Promise<Float32Array | undefined> {
    return this.room < 1 ? undefined : this.#feed([token], 'last');
  }

  /** Scores a tree of guesses behind the held tokens, in place of the one before. Needs room for it. */
  async score(tree: TokenTree): Promise<Scores | undefined> {
    this.#pending = undefined;
    const { scores } = await this.#model.forward([{ sequence: this.#sequence, ...tree, want: 'all' }]);
    this.#pending = tree;
    return scores[0];
  }

  close(): void {
    this.#sequence.close();
  }

  async #feed(tokens: readonly number[], want: 'last' | 'none'): Promise<Float32Array | undefined> {
    this.#pending = undefined;
    const input = { sequence: this.#sequence, tokens: Int32Array.from(tokens), want };
    const { scores } = await this.#model.forward([input]);
    const logits = want === 'last' ? scores[0]?.row(0) : undefined;
    this.#sequence.commit([...tokens.keys()]);
    this.#held.push(...tokens);
    return logits;
  }

  /** Keeps the path of the pending tree that the context took. */
  #settle(context: readonly number[]): void {
    const tree = this.#pending;
    if (tree === undefined) return;
    this.#pending = undefined;
    const path: number[] = [];
    if (this.#held.every((token, i) => token === context[i])) {
      for (let node = 0; node < tree.tokens.length; node++) {
        const next = this.#held.length + path.length;
        if (next >= context.length - 1) break;
        if (tree.parents[node] === (path[path.length - 1] ?? -1) && tree.tokens[node] === context[next])
          path.push(node);
      }
    }
    this.#sequence.commit(path);
    this.#held.push(...path.map((node) => tree.tokens[node] ?? 0));
  }
}
