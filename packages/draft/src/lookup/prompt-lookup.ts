import type { DraftBudget, Drafter, DraftSession, DraftTree } from '@foretoken/core';
import { DraftOptionError, DraftSessionClosedError } from '../errors.js';
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
}

/** Tokens are packed with n-gram numbers into one exact double: 21 bits are left for them. */
const TOKEN_LIMIT = 2 ** 21;

/**
 * Guesses that the text goes on as it did the last time its latest tokens occurred. Useful when the output repeats
 * the prompt or itself: editing code, summarising with quotes, extraction, lists, chat about a document. It needs no
 * model and costs microseconds; where nothing repeats it proposes nothing.
 *
 * The longest match wins, the newest among equally long ones. A match that runs into the end of the text goes on
 * with its own guesses, so a period of three tokens fills any depth. Proposes a chain; as it is no probability model
 * it gives no confidences and does not use the budget's `minimumConfidence`.
 *
 * Source: A. Saxena, "Prompt Lookup Decoding" (2023), https://github.com/apoorvumang/prompt-lookup-decoding; also
 * `prompt_lookup_num_tokens` of transformers and the `ngram` method of vLLM. Unlike them it does not search the
 * text each round, it keeps an index (see `SuffixIndex`).
 *
 * Throws `DraftOptionError` for options out of range; sessions throw it for token ids outside [0, 2^21).
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
  const { minimumMatch = 2, maximumMatch = 4 } = options;
  if (!Number.isInteger(minimumMatch) || minimumMatch < 1) {
    throw new DraftOptionError(`minimumMatch must be an integer >= 1, but is ${minimumMatch}.`, { minimumMatch });
  }
  if (!Number.isInteger(maximumMatch) || maximumMatch < minimumMatch) {
    throw new DraftOptionError(
      `maximumMatch must be an integer >= minimumMatch (${minimumMatch}), but is ${maximumMatch}.`,
      { minimumMatch, maximumMatch },
    );
  }
  return {
    name: 'lookup',
    open: (prompt) => new PromptLookupSession(prompt, minimumMatch, maximumMatch),
  };
}

class PromptLookupSession implements DraftSession {
  readonly #minimumMatch: number;
  #text: SuffixIndex | undefined;

  constructor(prompt: Int32Array, minimumMatch: number, maximumMatch: number) {
    this.#minimumMatch = minimumMatch;
    this.#text = new SuffixIndex(maximumMatch, prompt.length * 2);
    this.observe(prompt);
  }

  async propose(budget: DraftBudget): Promise<DraftTree | undefined> {
    const text = this.#open();
    const length = Math.min(budget.depth, budget.nodes);
    const match = length >= 1 && budget.width >= 1 ? text.continuation(this.#minimumMatch) : undefined;
    if (match === undefined) return undefined;
    const tokens = new Int32Array(length);
    const parents = new Int32Array(length);
    for (let i = 0; i < length; i++) {
      const source = match.position + i;
      tokens[i] = source < text.length ? text.at(source) : (tokens[source - text.length] ?? 0);
      parents[i] = i - 1;
    }
    return { tokens, parents };
  }

  observe(accepted: Int32Array): void {
    const text = this.#open();
    for (const token of accepted) {
      if (token < 0 || token >= TOKEN_LIMIT) {
        throw new DraftOptionError(`Token ids must be in [0, ${TOKEN_LIMIT}), but one is ${token}.`, { token });
      }
      text.append(token);
    }
  }

  close(): void {
    this.#text = undefined;
  }

  #open(): SuffixIndex {
    if (this.#text === undefined) throw new DraftSessionClosedError();
    return this.#text;
  }
}
