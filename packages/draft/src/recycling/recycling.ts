import type { DraftBudget, DraftSession, DraftTree, ScoredRound } from '@foretoken/core';
import { InvalidArgumentError } from '@foretoken/core/errors';
import { closableSession } from '../closable-session.js';
import { requireInteger } from '../option-checks.js';
import type { RememberingDrafter } from '../remembering-drafter.js';
import { requireToken } from '../token-limit.js';
import { bestFirstTree, type Continuation } from '../tree/best-first-tree.js';
import { RankAcceptance, sharpnessOf, TEXT } from './rank-acceptance.js';
import { SuccessorMatrix, type Successors } from './successor-matrix.js';

/** What token recycling keeps of the target's scores. */
export interface RecyclingOptions {
  /** Likeliest next tokens kept for each token. At most the size of the vocabulary. Integer in [1, 64]. @default 8 */
  readonly successors?: number;
  /**
   * Tokens whose successors are kept, the row that was entered first dropped first. A row takes 44 bytes with
   * 8 successors. Integer >= 1. @default 49152
   */
  readonly maximumRows?: number;
  /**
   * Whether a token without known scores is guessed to be followed by the same token as last time in this sequence.
   * These pairs stay in their session. @default true
   */
  readonly seedFromText?: boolean;
}

/**
 * Guesses from the target's own runners-up: for every token it keeps the likeliest next tokens of the last time that
 * token was scored, accepted or not, and grows a tree from the last token through them. Useful for any text, also where
 * nothing repeats, once some tokens were generated; it needs no training and under 4 MB. It learns from
 * `observe(accepted, round)`: in a loop that passes no `round` only `seedFromText` has an effect.
 *
 * Children are a token's successors. How often each rank is right is learned from every token of the output
 * (by how concentrated the scores were), which gives the confidences; nodes are taken by the product of the confidences
 * on their path, until the budget is used up or that product falls below `minimumConfidence`. With width 1 the tree is
 * a chain of first successors.
 *
 * All sessions of a drafter share its matrix and the success rate of each rank, so later requests benefit from earlier
 * ones. The matrix holds pairs of tokens that the target found likely in any request; it contains no prompt text. Use a
 * separate drafter for each group of users that may share that.
 *
 * Source: X. Luo et al., "Turning Trash into Treasure: Accelerating Inference of Large Language Models with Token
 * Recycling" (2024), https://arxiv.org/abs/2408.08696; learned ranks in place of the static tree are this project's
 * own.
 *
 * Throws `InvalidArgumentError` for options out of range; sessions throw it for token ids outside [0, 2^21).
 *
 * @example
 * ```ts
 * import { recycling } from '@foretoken/draft';
 *
 * const session = recycling().open(Int32Array.of(5, 6, 7, 5));
 * const tree = await session.propose({ depth: 2, width: 2, nodes: 4, minimumConfidence: 0 });
 * console.log(tree?.tokens); // Int32Array [6, 7]: only the text is known yet
 * session.close();
 * ```
 */
export function recycling(options: RecyclingOptions = {}): RememberingDrafter {
  const { successors = 8, maximumRows = 49152, seedFromText = true } = options;
  if (!Number.isInteger(successors) || successors < 1 || successors > 64) {
    throw new InvalidArgumentError(`successors must be an integer in [1, 64], but is ${successors}.`, { successors });
  }
  requireInteger('maximumRows', maximumRows, 1);
  const memory: Memory = {
    matrix: new SuccessorMatrix(maximumRows, successors),
    acceptance: new RankAcceptance(successors),
    successors,
  };
  return {
    name: 'recycling',
    open: (prompt) => closableSession(new RecyclingSession(prompt, memory, seedFromText)),
    get rememberedBytes() {
      return memory.matrix.bytes;
    },
  };
}

/** What the sessions of a drafter share. */
interface Memory {
  readonly matrix: SuccessorMatrix;
  readonly acceptance: RankAcceptance;
  readonly successors: number;
}

class RecyclingSession implements DraftSession {
  readonly #memory: Memory;
  /** Token to the one that last followed it in this sequence; `undefined` when text is not used. */
  readonly #pairs: Map<number, number> | undefined;
  #last: number | undefined;

  constructor(prompt: Int32Array, memory: Memory, seedFromText: boolean) {
    this.#memory = memory;
    this.#pairs = seedFromText ? new Map() : undefined;
    for (const token of prompt) this.#append(token);
  }

  async propose(budget: DraftBudget): Promise<DraftTree | undefined> {
    if (this.#last === undefined) return undefined;
    return bestFirstTree(this.#last, budget, (token) => this.#continuations(token));
  }

  observe(accepted: Int32Array, round?: ScoredRound): void {
    for (const token of accepted) {
      const guessed = this.#last === undefined ? undefined : this.#successors(this.#last);
      if (guessed !== undefined) this.#memory.acceptance.learn(guessed.sharpness, guessed.tokens.indexOf(token));
      this.#append(token);
    }
    if (round !== undefined) this.#recycle(round);
  }

  close(): void {}

  /** Keeps the best of the scored rows. Accepted nodes come last: among rows of one token they know the real context. */
  #recycle({ root, tree, path, scores }: ScoredRound): void {
    const accepted = new Set(path);
    for (const [node, token] of (tree?.tokens ?? []).entries()) {
      if (!accepted.has(node)) this.#keep(token, node + 1, scores);
    }
    this.#keep(root, 0, scores);
    for (const node of path) this.#keep(tree?.tokens[node], node + 1, scores);
  }

  #keep(token: number | undefined, row: number, scores: ScoredRound['scores']): void {
    if (token === undefined || row >= scores.rows) return;
    requireToken(token);
    const { tokens, logits } = scores.topK(row, this.#memory.successors);
    this.#memory.matrix.set(token, tokens, sharpnessOf(logits));
  }

  #continuations(token: number): Continuation<number>[] {
    const { tokens = [], sharpness = TEXT } = this.#successors(token) ?? {};
    return Array.from(tokens, (next, rank) => {
      return { token: next, confidence: this.#memory.acceptance.of(sharpness, rank), state: next };
    });
  }

  #successors(token: number): Successors | undefined {
    const scored = this.#memory.matrix.get(token);
    if (scored !== undefined) return scored;
    const next = this.#pairs?.get(token);
    return next === undefined ? undefined : { tokens: Int32Array.of(next), sharpness: TEXT };
  }

  #append(token: number): void {
    requireToken(token);
    if (this.#last !== undefined) this.#pairs?.set(this.#last, token);
    this.#last = token;
  }
}
