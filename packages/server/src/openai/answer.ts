import type { FinishReason } from '@foretoken/core';
import type { RoundView, TextEvent } from '../engine/text-engine.js';
import type { ChosenToken } from './logprobs.js';
import type { AnswerNumbers } from './usage.js';

/** Where a piece of text came from, for those who watch. */
export interface SeenToken {
  readonly text: string;
  readonly origin: 'draft' | 'target';
}

/** What one event added to an answer. */
export interface AnswerPiece {
  readonly text: string;
  /** With logprobs asked for: the tokens that the event brought. */
  readonly chosen: readonly ChosenToken[];
  readonly tokens: readonly SeenToken[];
  readonly rounds: readonly RoundView[];
  readonly ended?: { readonly reason: FinishReason; readonly numbers: AnswerNumbers };
}

/** Follows one answer from its events. */
export class Answer {
  readonly #prompt: number;
  readonly #hidden: ReadonlySet<number>;
  #rounds: RoundView[] = [];

  /**
   * @param options.prompt - index of its prompt among the request's
   * @param options.endTokens - tokens that end the answer and are no part of it
   */
  constructor(options: { readonly prompt: number; readonly endTokens: ReadonlySet<number> }) {
    this.#prompt = options.prompt;
    this.#hidden = options.endTokens;
  }

  /** What an event adds; `undefined` when nobody needs to be told. */
  take(event: TextEvent): AnswerPiece | undefined {
    switch (event.kind) {
      case 'started':
        return undefined;
      case 'round':
        this.#rounds.push(event.round);
        return undefined;
      case 'token': {
        const { token, text, origin, logprobs } = event;
        const shown = !this.#hidden.has(token);
        return {
          text,
          chosen: logprobs === undefined || !shown ? [] : [{ token, text, logprobs }],
          tokens: [{ text, origin }],
          rounds: this.#takeRounds(),
        };
      }
      case 'finish':
        return {
          text: event.text,
          chosen: [],
          tokens: event.text === '' ? [] : [{ text: event.text, origin: 'target' }],
          rounds: this.#takeRounds(),
          ended: { reason: event.reason, numbers: { prompt: this.#prompt, statistics: event.statistics } },
        };
    }
  }

  #takeRounds(): readonly RoundView[] {
    const rounds = this.#rounds;
    this.#rounds = [];
    return rounds;
  }
}
