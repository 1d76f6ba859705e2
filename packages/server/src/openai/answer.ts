import type { FinishReason, GeneratedToken } from '@foretoken/core';
import type { RoundView, TextEvent } from '../engine/text-engine.js';
import type { ChosenToken } from './logprobs.js';
import type { AnswerNumbers } from './usage.js';

/** What a token, or the end, added to an answer. */
export interface AnswerPiece {
  readonly text: string;
  /** With logprobs asked for: the token. */
  readonly chosen: readonly ChosenToken[];
  /** Where the text came from, for those who watch. */
  readonly tokens: readonly Pick<GeneratedToken, 'text' | 'origin'>[];
  /** What is to be told of the round that the token began. */
  readonly rounds: readonly RoundView[];
  readonly ended?: { readonly reason: FinishReason; readonly numbers: AnswerNumbers };
}

/**
 * What an event adds to an answer, token by token.
 *
 * @param answer.prompt - index of its prompt among the request's
 * @param answer.endTokens - tokens that end it and are no part of it
 */
export function answerPieces(
  event: TextEvent,
  answer: { readonly prompt: number; readonly endTokens: ReadonlySet<number> },
): readonly AnswerPiece[] {
  switch (event.kind) {
    case 'started':
      return [];
    case 'round':
      return event.tokens.map(({ token, text, origin, logprobs }, index) => ({
        text,
        chosen: logprobs === undefined || answer.endTokens.has(token) ? [] : [{ token, text, logprobs }],
        tokens: [{ text, origin }],
        rounds: index === 0 && event.view !== undefined ? [event.view] : [],
      }));
    case 'finish': {
      const { text, reason, statistics } = event;
      return [
        {
          text,
          chosen: [],
          tokens: text === '' ? [] : [{ text, origin: 'target' }],
          rounds: [],
          ended: { reason, numbers: { prompt: answer.prompt, statistics } },
        },
      ];
    }
  }
}
