import type { DraftBudget, Drafter, DraftSession, DraftTree } from '@foretoken/core';
import { InvalidArgumentError } from '@foretoken/core/errors';
import { closableSession } from '../closable-session.js';
import { requireInteger } from '../option-checks.js';

/** What is expected, and how it is found again after the output went another way. */
export interface PredictionOptions {
  /** The expected output as token ids of the target's vocabulary. Shape [n], n >= 1; copied. */
  readonly tokens: Int32Array;
  /**
   * Emitted tokens that must be found in the prediction before it is trusted again after a divergence. Fewer
   * resume sooner and at wrong places more often. In tokens, integer >= 1. @default 2
   */
  readonly resumeMatch?: number;
}

/**
 * Guesses that the output is a text which the caller expects: the file before an edit, the last version of a
 * document. After a divergence the latest emitted tokens are looked up in the prediction, nearest behind the last
 * position first (insertions, replacements and deletions move forward), then nearest before it; until they are
 * found nothing is proposed. Proposes a chain without confidences, so `minimumConfidence` is not used.
 *
 * A drafter serves the requests that have this prediction; sessions share nothing but it.
 *
 * Source: OpenAI's Predicted Outputs (2024), https://platform.openai.com/docs/guides/predicted-outputs.
 *
 * Throws `InvalidArgumentError` for options out of range.
 *
 * @example
 * ```ts
 * import { prediction } from '@foretoken/draft';
 *
 * const drafter = prediction({ tokens: Int32Array.of(5, 6, 7, 8, 9) });
 * const session = drafter.open(Int32Array.of(1, 2, 3));
 * session.observe(Int32Array.of(5, 60, 7, 8)); // 60 instead of 6, then as predicted
 * const tree = await session.propose({ depth: 4, width: 1, nodes: 4, minimumConfidence: 0 });
 * console.log(tree?.tokens); // Int32Array [9]
 * session.close();
 * ```
 */
export function prediction(options: PredictionOptions): Drafter {
  const { resumeMatch = 2 } = options;
  const tokens = options.tokens.slice();
  if (tokens.length === 0) throw new InvalidArgumentError('tokens must hold at least one token, but is empty.');
  const negative = tokens.find((token) => token < 0);
  if (negative !== undefined) {
    throw new InvalidArgumentError(`Token ids must be >= 0, but tokens has ${negative}.`, { token: negative });
  }
  requireInteger('resumeMatch', resumeMatch, 1);
  return { name: 'prediction', open: () => closableSession(new PredictionSession(tokens, resumeMatch)) };
}

class PredictionSession implements DraftSession {
  readonly #tokens: Int32Array;
  readonly #resumeMatch: number;
  /** Latest emitted tokens, as many as a resumption needs. */
  #latest: number[] = [];
  /** Position in the prediction up to which the output followed it. */
  #position = 0;
  #following = true;

  constructor(tokens: Int32Array, resumeMatch: number) {
    this.#tokens = tokens;
    this.#resumeMatch = resumeMatch;
  }

  async propose(budget: DraftBudget): Promise<DraftTree | undefined> {
    if (!this.#following || budget.width < 1) return undefined;
    const length = Math.min(budget.depth, budget.nodes, this.#tokens.length - this.#position);
    if (length < 1) return undefined;
    const tokens = this.#tokens.slice(this.#position, this.#position + length);
    return { tokens, parents: Int32Array.from(tokens, (_, i) => i - 1) };
  }

  observe(accepted: Int32Array): void {
    for (const token of accepted) {
      this.#latest.push(token);
      if (this.#latest.length > this.#resumeMatch) this.#latest.shift();
      if (this.#following && this.#tokens[this.#position] === token) this.#position++;
      else this.#resume();
    }
  }

  close(): void {}

  #resume(): void {
    const found = this.#find();
    this.#following = found !== undefined;
    if (found !== undefined) this.#position = found;
  }

  /** Where the prediction goes on after the latest tokens, or `undefined`. */
  #find(): number | undefined {
    if (this.#latest.length < this.#resumeMatch) return undefined;
    for (let end = this.#position + 1; end <= this.#tokens.length; end++) if (this.#endsAt(end)) return end;
    for (let end = this.#position; end >= this.#resumeMatch; end--) if (this.#endsAt(end)) return end;
    return undefined;
  }

  #endsAt(end: number): boolean {
    const start = end - this.#resumeMatch;
    return start >= 0 && this.#latest.every((token, i) => token === this.#tokens[start + i]);
  }
}
