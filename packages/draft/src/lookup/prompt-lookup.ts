import type { DraftBudget, Drafter, DraftSession, DraftTree } from '@foretoken/core';
import { InvalidArgumentError } from '@foretoken/core/errors';
import { closableSession } from '../closable-session.js';
import { requireInteger } from '../option-checks.js';
import { requireToken } from '../token-limit.js';
import { bestFirstTree } from '../tree/best-first-tree.js';
import { continuationTrie } from './continuation-trie.js';
import { agreementOf, LONGEST_MATCH, MatchConfidence } from './match-confidence.js';
import { SuffixIndex } from './suffix-index.js';

/** How prompt lookup matches. */
export interface PromptLookupOptions {
  /**
   * Shortest run of tokens at the end of the text that must have occurred before. Smaller guesses more often and is
   * wrong more often. In tokens, integer >= 1. @default 2
   */
  readonly minimumMatch?: number;
  /** Longest run that is looked for; longer runs are tried first. In tokens, integer >= minimumMatch. @default 4 */
  readonly maximumMatch?: number;
  /**
   * Most different continuations that a tree is made of; a budget of width 1 gets the first of them. Integer >= 1.
   * @default 4
   */
  readonly candidates?: number;
}

/** Newest occurrences that are asked whether they agree. More would cost time and say the same. */
const RECENT_OCCURRENCES = 8;

/**
 * Guesses that the text goes on as it did the last time its latest tokens occurred. Useful when the output repeats
 * the prompt or itself: editing code, summarising with quotes, extraction, lists, chat about a document. It needs no
 * model and costs microseconds; where nothing repeats it proposes nothing.
 *
 * The longest match wins, the newest among equally long ones. A match that runs into the end of the text goes on
 * with its own guesses, so a period of three tokens fills any depth. With width 1 that is the whole guess. With more,
 * older continuations that differ join it, then those of shorter matches, as a trie: nodes are taken by the
 * product of the confidences on their path, which is what a node adds to the expected number of accepted tokens, so
 * an alternative to an unsure first token comes before the far end of the first continuation and not otherwise.
 *
 * A node's confidence says how often matches like its own were right: by length of the match (the whole match, not
 * only `maximumMatch`, and the guesses before the node belong to it) and by whether the newest occurrences agree.
 * A session starts from rates that were measured once and learns from every token of the output, guessed or not.
 * Nodes whose path is less probable than the budget's `minimumConfidence` are left out.
 *
 * Source: A. Saxena, "Prompt Lookup Decoding" (2023), https://github.com/apoorvumang/prompt-lookup-decoding; also
 * `prompt_lookup_num_tokens` of transformers and the `ngram` method of vLLM. Unlike them it does not search the
 * text each round, it keeps an index (see `SuffixIndex`).
 *
 * Throws `InvalidArgumentError` for options out of range; sessions throw it for token ids outside [0, 2^21).
 *
 * @example
 * ```ts
 * import { promptLookup } from '@foretoken/draft';
 *
 * const session = promptLookup({ minimumMatch: 2 }).open(Int32Array.of(5, 6, 7, 8, 5, 6));
 * const tree = await session.propose({ depth: 2, width: 1, nodes: 2, minimumConfidence: 0 });
 * console.log(tree?.tokens); // Int32Array [7, 8]
 * session.close();
 * ```
 */
export function promptLookup(options: PromptLookupOptions = {}): Drafter {
  const { minimumMatch = 2, maximumMatch = 4, candidates = 4 } = options;
  requireInteger('minimumMatch', minimumMatch, 1);
  if (!Number.isInteger(maximumMatch) || maximumMatch < minimumMatch) {
    throw new InvalidArgumentError(
      `maximumMatch must be an integer >= minimumMatch (${minimumMatch}), but is ${maximumMatch}.`,
      { minimumMatch, maximumMatch },
    );
  }
  requireInteger('candidates', candidates, 1);
  const matching = { minimumMatch, maximumMatch, candidates };
  return { name: 'lookup', open: (prompt) => closableSession(new PromptLookupSession(prompt, matching)) };
}

class PromptLookupSession implements DraftSession {
  readonly #matching: Required<PromptLookupOptions>;
  readonly #confidence = new MatchConfidence();
  readonly #text: SuffixIndex;

  constructor(prompt: Int32Array, matching: Required<PromptLookupOptions>) {
    this.#matching = matching;
    this.#text = new SuffixIndex(matching.maximumMatch, prompt.length * 2);
    for (const token of prompt) this.#append(token);
  }

  async propose(budget: DraftBudget): Promise<DraftTree | undefined> {
    const text = this.#text;
    const { minimumMatch, candidates } = this.#matching;
    const depth = Math.min(budget.depth, budget.nodes);
    if (depth < 1 || budget.width < 1) return undefined;
    const wide = budget.width > 1 && candidates > 1;
    const occurrences = text.occurrences(minimumMatch, RECENT_OCCURRENCES, wide);
    if (occurrences.length === 0) return undefined;
    const limits = { depth, candidates: wide ? candidates : 1, longestMatch: LONGEST_MATCH };
    const trie = continuationTrie(text, occurrences, limits, this.#confidence);
    return bestFirstTree(trie, budget, ({ children }) =>
      children.map((state) => ({ token: state.token, confidence: state.confidence, state })),
    );
  }

  observe(accepted: Int32Array): void {
    for (const token of accepted) {
      this.#learn(token);
      this.#append(token);
    }
  }

  close(): void {}

  /** Every token of the output tells whether a guess in its place would have been right. */
  #learn(token: number): void {
    const text = this.#text;
    const occurrences = text.occurrences(this.#matching.minimumMatch, RECENT_OCCURRENCES, false);
    const newest = occurrences[0];
    if (newest === undefined) return;
    const tokens = occurrences.map(({ position }) => text.at(position));
    const followers = tokens.filter((other) => other === tokens[0]).length;
    const guesses = [...new Set(tokens)].slice(0, this.#matching.candidates);
    const matched = text.matched(newest.position, LONGEST_MATCH);
    this.#confidence.learn(matched, agreementOf(followers, tokens.length), guesses, token);
  }

  #append(token: number): void {
    requireToken(token);
    this.#text.append(token);
  }
}
