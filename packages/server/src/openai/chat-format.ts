import type { FinishReason } from '@foretoken/core';
import type { Tokenizer } from '@foretoken/core/text';
import type { ToolCallEvent, ToolCallParser } from '../tools/index.js';
import type { AnswerPiece } from './answer.js';
import type { AnswerFormat } from './delivery.js';
import { type ChosenToken, chatLogprobs } from './logprobs.js';
import { PlainText } from './plain-text.js';
import { type AnswerNumbers, timingsOf, usageOf } from './usage.js';

/** What is the same in every chunk of a response, and in its whole. */
export interface ResponseHead {
  readonly id: string;
  /** Seconds since 1970. */
  readonly created: number;
  readonly model: string;
  readonly system_fingerprint: string;
}

export interface ChatFormatOptions {
  readonly head: ResponseHead;
  readonly tokenizer: Tokenizer;
  readonly answers: number;
  readonly logprobs: boolean;
  readonly includeUsage: boolean;
  /** Whether chunks tell of guesses and rounds. */
  readonly showRounds: boolean;
  /** Finds tool calls in one answer; `undefined` without tools. */
  readonly parser: (() => ToolCallParser) | undefined;
}

interface Choice {
  readonly parser: ToolCallParser;
  content: string;
  readonly calls: { readonly id: string; readonly name: string; arguments: string }[];
  readonly chosen: ChosenToken[];
  finish: 'stop' | 'length' | 'tool_calls';
}

/** Writes answers as `POST /v1/chat/completions` does. */
export class ChatFormat implements AnswerFormat {
  readonly #options: ChatFormatOptions;
  readonly #choices: readonly Choice[];

  constructor(options: ChatFormatOptions) {
    this.#options = options;
    this.#choices = Array.from({ length: options.answers }, () => ({
      parser: options.parser?.() ?? new PlainText(),
      content: '',
      calls: [],
      chosen: [],
      finish: 'stop',
    }));
  }

  begin(index: number): readonly object[] {
    return [this.#chunk(index, { role: 'assistant', content: '', refusal: null }, {})];
  }

  take(index: number, piece: AnswerPiece, all: readonly AnswerNumbers[] | undefined): readonly object[] {
    const choice = this.#choices[index];
    if (choice === undefined) return [];
    const { ended } = piece;
    const events = [...choice.parser.push(piece.text), ...(ended === undefined ? [] : choice.parser.finish())];
    for (const event of events) record(choice, event);
    choice.chosen.push(...piece.chosen);
    const chunks = this.#pieceChunks(index, piece, events.map(deltaOf));
    if (ended === undefined) return chunks;
    choice.finish = finishReason(ended.reason, choice.parser);
    chunks.push(...this.#endChunks(index, choice, all));
    return chunks;
  }

  body(all: readonly AnswerNumbers[]): object {
    const { head, logprobs, tokenizer } = this.#options;
    return {
      ...head,
      object: 'chat.completion',
      choices: this.#choices.map((choice, index) => ({
        index,
        message: messageOf(choice),
        logprobs: logprobs ? chatLogprobs(choice.chosen, tokenizer) : null,
        finish_reason: choice.finish,
      })),
      usage: usageOf(all),
      timings: timingsOf(all),
    };
  }

  #pieceChunks(index: number, piece: AnswerPiece, deltas: readonly object[]): object[] {
    const { logprobs, showRounds, tokenizer } = this.#options;
    const told = logprobs && piece.chosen.length > 0 ? { logprobs: chatLogprobs(piece.chosen, tokenizer) } : {};
    const seen =
      showRounds && piece.tokens.length > 0 ? { foretoken: { tokens: piece.tokens, rounds: piece.rounds } } : {};
    const [first, ...rest] = deltas;
    const empty = first === undefined && Object.keys(told).length === 0 && Object.keys(seen).length === 0;
    if (empty) return [];
    return [
      this.#chunk(index, first ?? { content: '' }, told, seen),
      ...rest.map((delta) => this.#chunk(index, delta, {})),
    ];
  }

  #endChunks(index: number, choice: Choice, all: readonly AnswerNumbers[] | undefined): readonly object[] {
    const { head, includeUsage } = this.#options;
    const timings = all === undefined ? {} : { timings: timingsOf(all) };
    const end = this.#chunk(index, {}, { finish_reason: choice.finish }, includeUsage ? {} : timings);
    if (!includeUsage || all === undefined) return [end];
    return [end, { ...head, object: 'chat.completion.chunk', choices: [], usage: usageOf(all), ...timings }];
  }

  #chunk(index: number, delta: object, properties: object, more: object = {}): object {
    const { head, includeUsage } = this.#options;
    return {
      ...head,
      object: 'chat.completion.chunk',
      choices: [{ index, delta, logprobs: null, finish_reason: null, ...properties }],
      ...(includeUsage ? { usage: null } : {}),
      ...more,
    };
  }
}

function record(choice: Choice, event: ToolCallEvent): void {
  switch (event.kind) {
    case 'content':
      choice.content += event.text;
      break;
    case 'call':
      choice.calls[event.index] = { id: event.id, name: event.name, arguments: '' };
      break;
    case 'arguments': {
      const call = choice.calls[event.index];
      if (call !== undefined) call.arguments += event.text;
      break;
    }
  }
}

function deltaOf(event: ToolCallEvent): object {
  switch (event.kind) {
    case 'content':
      return { content: event.text };
    case 'call': {
      const { index, id, name } = event;
      return { tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] };
    }
    case 'arguments':
      return { tool_calls: [{ index: event.index, function: { arguments: event.text } }] };
  }
}

function messageOf({ content, calls }: Choice): object {
  if (calls.length === 0) return { role: 'assistant', content, refusal: null };
  return {
    role: 'assistant',
    content: content === '' ? null : content,
    refusal: null,
    tool_calls: calls.map(({ id, name, arguments: args }) => ({
      id,
      type: 'function',
      function: { name, arguments: args },
    })),
  };
}

/** An answer that was cut off, by its limit or a stop string, is no complete call. An aborted one has nobody who would read this. */
function finishReason(reason: FinishReason, { calls, cut }: ToolCallParser): Choice['finish'] {
  if (reason === 'length') return 'length';
  return calls > 0 && !cut ? 'tool_calls' : 'stop';
}
