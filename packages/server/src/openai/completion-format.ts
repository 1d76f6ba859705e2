import type { Tokenizer } from '@foretoken/core/text';
import type { AnswerPiece } from './answer.js';
import type { ResponseHead } from './chat-format.js';
import type { AnswerFormat } from './delivery.js';
import { type ChosenToken, completionLogprobs } from './logprobs.js';
import { type AnswerNumbers, timingsOf, usageOf } from './usage.js';

export interface CompletionFormatOptions {
  readonly head: ResponseHead;
  readonly tokenizer: Tokenizer;
  readonly answers: number;
  /** Likeliest tokens to show with each; `undefined`: no logprobs. */
  readonly logprobs: number | undefined;
  readonly includeUsage: boolean;
  /** Whether chunks tell of guesses and rounds. */
  readonly showRounds: boolean;
}

interface Choice {
  text: string;
  readonly chosen: ChosenToken[];
  finish: 'stop' | 'length';
}

/** Writes answers as `POST /v1/completions` does. */
export class CompletionFormat implements AnswerFormat {
  readonly #options: CompletionFormatOptions;
  readonly #choices: readonly Choice[];

  constructor(options: CompletionFormatOptions) {
    this.#options = options;
    this.#choices = Array.from({ length: options.answers }, () => ({ text: '', chosen: [], finish: 'stop' }));
  }

  begin(): readonly object[] {
    return [];
  }

  take(index: number, piece: AnswerPiece, all: readonly AnswerNumbers[] | undefined): readonly object[] {
    const choice = this.#choices[index];
    if (choice === undefined) return [];
    const { includeUsage, head } = this.#options;
    const chunks = this.#pieceChunks(index, choice.text.length, piece);
    choice.text += piece.text;
    choice.chosen.push(...piece.chosen);
    if (piece.ended === undefined) return chunks;
    choice.finish = piece.ended.reason === 'length' ? 'length' : 'stop';
    const timings = all === undefined ? {} : { timings: timingsOf(all) };
    chunks.push(this.#chunk({ index, text: '', finish_reason: choice.finish }, includeUsage ? {} : timings));
    if (includeUsage && all !== undefined) {
      chunks.push({ ...head, object: 'text_completion', choices: [], usage: usageOf(all), ...timings });
    }
    return chunks;
  }

  body(all: readonly AnswerNumbers[]): object {
    const { head } = this.#options;
    return {
      ...head,
      object: 'text_completion',
      choices: this.#choices.map(({ text, chosen, finish }, index) => ({
        index,
        text,
        logprobs: this.#logprobs(chosen, 0),
        finish_reason: finish,
      })),
      usage: usageOf(all),
      timings: timingsOf(all),
    };
  }

  #pieceChunks(index: number, offset: number, piece: AnswerPiece): object[] {
    const { showRounds } = this.#options;
    const seen =
      showRounds && piece.tokens.length > 0 ? { foretoken: { tokens: piece.tokens, rounds: piece.rounds } } : {};
    if (piece.text === '' && piece.chosen.length === 0 && Object.keys(seen).length === 0) return [];
    const logprobs = piece.chosen.length === 0 ? null : this.#logprobs(piece.chosen, offset);
    return [this.#chunk({ index, text: piece.text, logprobs }, seen)];
  }

  #logprobs(chosen: readonly ChosenToken[], offset: number): object | null {
    const { logprobs: likeliest, tokenizer } = this.#options;
    return likeliest === undefined ? null : completionLogprobs(chosen, tokenizer, { offset, likeliest });
  }

  #chunk(choice: object, more: object): object {
    const { head, includeUsage } = this.#options;
    return {
      ...head,
      object: 'text_completion',
      choices: [{ logprobs: null, finish_reason: null, ...choice }],
      ...(includeUsage ? { usage: null } : {}),
      ...more,
    };
  }
}
