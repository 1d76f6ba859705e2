import type { DraftBudget, DraftSession, DraftTree } from '@foretoken/core';
import { InvalidArgumentError } from '@foretoken/core/errors';
import { closableSession } from '../closable-session.js';
import { requireInteger } from '../option-checks.js';
import type { RememberingDrafter } from '../remembering-drafter.js';
import { bestFirstTree, type Continuation } from '../tree/best-first-tree.js';
import { SuffixPool } from './suffix-pool.js';
import { SuffixTrie, type TrieNode } from './suffix-trie.js';

/** How the suffix drafter matches, and how much it remembers. */
export interface SuffixOptions {
  /** Shortest run at the end of the text that must have occurred before. In tokens, integer >= 1. @default 2 */
  readonly minimumMatch?: number;
  /** Longest run that is looked for. Memory grows with it. In tokens, integer >= minimumMatch. @default 8 */
  readonly maximumMatch?: number;
  /** Finished sequences kept for later requests, the oldest dropped first. In tokens, integer >= 0. @default 32768 */
  readonly poolTokens?: number;
}

/**
 * Guesses by what followed the latest tokens before, in this sequence and in finished ones of the same drafter, and
 * how often: the likeliest continuations form a tree. Useful for agents and services whose requests resemble each
 * other, and wherever `promptLookup` is.
 *
 * At each node the longest run of latest tokens (guesses included) that was ever continued decides; the counts of
 * both memories are added. A continuation seen c times of f has the confidence c / (f + 1 / matched tokens): a
 * single sighting is not a certainty, and less so after a short match. Nodes are taken by their probability of
 * being accepted, the product of the confidences on their path, until the budget is used up or that product falls
 * below `minimumConfidence`.
 *
 * A sequence enters the shared memory when its session closes; open sessions don't see each other's text. All
 * sequences of one drafter share that memory, so use one drafter for each group of users that may share text.
 *
 * Source: G. Oliaro et al., "SuffixDecoding" (2024), https://arxiv.org/abs/2411.04975, as in Snowflake's
 * ArcticInference; the fallback to shorter contexts inside the tree and the confidences are this project's own.
 *
 * Throws `InvalidArgumentError` for options out of range; sessions throw it for negative token ids.
 *
 * @example
 * ```ts
 * import { suffix } from '@foretoken/draft';
 *
 * const drafter = suffix({ poolTokens: 10_000 });
 * drafter.open(Int32Array.of(5, 6, 7, 8)).close(); // remembered
 * const session = drafter.open(Int32Array.of(5, 6));
 * const tree = await session.propose({ depth: 2, width: 2, nodes: 4, minimumConfidence: 0.1 });
 * console.log(tree?.tokens); // Int32Array [7, 8]
 * session.close();
 * ```
 */
export function suffix(options: SuffixOptions = {}): RememberingDrafter {
  const { minimumMatch = 2, maximumMatch = 8, poolTokens = 32768 } = options;
  requireInteger('minimumMatch', minimumMatch, 1);
  requireInteger('maximumMatch', maximumMatch, minimumMatch);
  requireInteger('poolTokens', poolTokens, 0);
  const pool = new SuffixPool(poolTokens, maximumMatch + 1);
  return {
    name: 'suffix',
    open: (prompt) => closableSession(new SuffixSession(prompt, pool, minimumMatch, maximumMatch)),
    get rememberedBytes() {
      return pool.bytes;
    },
  };
}

/** The latest tokens with the path's own, as many as a match may have. */
type Context = readonly number[];

class SuffixSession implements DraftSession {
  readonly #pool: SuffixPool;
  readonly #minimumMatch: number;
  readonly #maximumMatch: number;
  readonly #own: SuffixTrie;
  readonly #text: number[] = [];

  constructor(prompt: Int32Array, pool: SuffixPool, minimumMatch: number, maximumMatch: number) {
    this.#pool = pool;
    this.#minimumMatch = minimumMatch;
    this.#maximumMatch = maximumMatch;
    this.#own = new SuffixTrie(maximumMatch + 1);
    this.observe(prompt);
  }

  async propose(budget: DraftBudget): Promise<DraftTree | undefined> {
    const context = this.#text.slice(-this.#maximumMatch);
    if (budget.depth < 1) return undefined;
    return bestFirstTree<Context>(context, budget, (latest) => this.#continue(latest, budget.width));
  }

  observe(accepted: Int32Array): void {
    for (const token of accepted) {
      if (token < 0) throw new InvalidArgumentError(`Token ids must be >= 0, but one is ${token}.`, { token });
      this.#text.push(token);
      this.#own.add(this.#text, this.#text.length - 1);
    }
  }

  close(): void {
    this.#pool.add(this.#text);
  }

  /** What may follow the context, likeliest first, at most `width` of it. */
  #continue(context: Context, width: number): Continuation<Context>[] {
    for (let matched = context.length; matched >= this.#minimumMatch; matched--) {
      const counts = new Map<number, number>();
      const start = context.length - matched;
      const followed =
        count(this.#own.find(context, start, context.length), counts) +
        count(this.#pool.trie.find(context, start, context.length), counts);
      if (followed === 0) continue;
      return [...counts]
        .sort(([tokenA, a], [tokenB, b]) => b - a || tokenA - tokenB)
        .slice(0, width)
        .map(([token, seen]) => ({
          token,
          confidence: seen / (followed + 1 / matched),
          state: [...context, token].slice(-this.#maximumMatch),
        }));
    }
    return [];
  }
}

/** Adds the counts of a run's continuations to `counts`; returns their sum. */
function count(run: TrieNode | undefined, counts: Map<number, number>): number {
  let sum = 0;
  for (let node = run?.child; node !== undefined; node = node.sibling) {
    counts.set(node.token, (counts.get(node.token) ?? 0) + node.count);
    sum += node.count;
  }
  return sum;
}
