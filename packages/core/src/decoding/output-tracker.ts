import type { FinishReason } from '../contracts/generation-event.js';
import type { CheckedRequest } from './generation-request.js';

/** What ends a generation, and what turns its tokens into text. */
type OutputLimits = Pick<CheckedRequest, 'limit' | 'endTokens' | 'stop' | 'detokenizer'>;

/** A token with its text, and why generation ends with it if it does. */
export interface OutputToken {
  readonly token: number;
  readonly text: string;
  readonly ends: FinishReason | undefined;
}

/** Turns emitted tokens into text and says when generation ends. An end token is emitted, but has no text. */
export class OutputTracker {
  readonly #limits: OutputLimits;
  #emitted = 0;
  #textEnded = false;

  constructor(limits: OutputLimits) {
    this.#limits = limits;
  }

  /** Tokens that may still come. */
  get remaining(): number {
    return this.#limits.limit - this.#emitted;
  }

  push(token: number): OutputToken {
    const { endTokens, detokenizer } = this.#limits;
    this.#emitted++;
    if (endTokens.has(token)) return { token, text: '', ends: 'stop' };
    const text = this.#visible(detokenizer?.push(token) ?? '');
    const ends = this.#textEnded ? 'stop' : this.remaining <= 0 ? 'length' : undefined;
    return { token, text, ends };
  }

  /** Text still held back. A stop string that only the very last bytes complete ends the text too. */
  finish(): { readonly text: string; readonly stopped: boolean } {
    const { stop, detokenizer } = this.#limits;
    if (this.#textEnded) return { text: '', stopped: false };
    const text = this.#visible(detokenizer?.finish() ?? '');
    return { text: this.#textEnded ? text : text + (stop?.finish() ?? ''), stopped: this.#textEnded };
  }

  #visible(text: string): string {
    const { stop } = this.#limits;
    if (stop === undefined || text === '') return text;
    const seen = stop.push(text);
    this.#textEnded = seen.stopped;
    return seen.text;
  }
}
