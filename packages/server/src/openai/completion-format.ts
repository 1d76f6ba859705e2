import type { AnswerPiece } from './answer.js';
import { ChoiceFormat, type ChoiceOptions } from './choice-format.js';
import type { AnswerFormat } from './delivery.js';
import { type ChosenToken, completionLogprobs } from './logprobs.js';
import type { AnswerNumbers } from './usage.js';

export interface CompletionFormatOptions extends ChoiceOptions {
  /** Likeliest tokens to show with each; `undefined`: no logprobs. */
  readonly logprobs: number | undefined;
}

interface Choice {
  text: string;
  readonly chosen: ChosenToken[];
  finish: 'stop' | 'length';
}

/** Writes answers as `POST /v1/completions` does. */
export class CompletionFormat extends ChoiceFormat<CompletionFormatOptions> implements AnswerFormat {
  protected readonly chunkObject = 'text_completion';
  readonly #choices = Array.from(
    { length: this.options.answers },
    (): Choice => ({ text: '', chosen: [], finish: 'stop' }),
  );

  begin(): readonly object[] {
    return [];
  }

  take(index: number, piece: AnswerPiece, all: readonly AnswerNumbers[] | undefined): readonly object[] {
    const choice = this.#choices[index];
    if (choice === undefined) return [];
    const chunks = this.#pieceChunks(index, choice.text.length, piece);
    choice.text += piece.text;
    choice.chosen.push(...piece.chosen);
    if (piece.ended === undefined) return chunks;
    choice.finish = piece.ended.reason === 'length' ? 'length' : 'stop';
    return [...chunks, ...this.endChunks(index, { text: '' }, choice.finish, all)];
  }

  body(all: readonly AnswerNumbers[]): object {
    const choices = this.#choices.map(({ text, chosen, finish }, index) => ({
      index,
      text,
      logprobs: this.#logprobs(chosen, 0),
      finish_reason: finish,
    }));
    return this.whole('text_completion', choices, all);
  }

  #pieceChunks(index: number, offset: number, piece: AnswerPiece): readonly object[] {
    const { text, chosen } = piece;
    const rounds = this.rounds(piece);
    if (text === '' && chosen.length === 0 && rounds === undefined) return [];
    const logprobs = chosen.length === 0 ? null : this.#logprobs(chosen, offset);
    return [this.chunk(index, { text }, { logprobs }, rounds)];
  }

  #logprobs(chosen: readonly ChosenToken[], offset: number): object | null {
    const { logprobs: likeliest, tokenizer } = this.options;
    return likeliest === undefined ? null : completionLogprobs(chosen, tokenizer, { offset, likeliest });
  }
}
