import type { FinishReason } from '@foretoken/core';
import type { ToolCallEvent, ToolCallParser } from '../tools/index.js';
import type { AnswerPiece } from './answer.js';
import { ChoiceFormat, type ChoiceOptions } from './choice-format.js';
import type { AnswerFormat } from './delivery.js';
import { type ChosenToken, chatLogprobs } from './logprobs.js';
import { PlainText } from './plain-text.js';
import type { AnswerNumbers } from './usage.js';

export interface ChatFormatOptions extends ChoiceOptions {
  readonly logprobs: boolean;
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
export class ChatFormat extends ChoiceFormat<ChatFormatOptions> implements AnswerFormat {
  protected readonly chunkObject = 'chat.completion.chunk';
  readonly #choices = Array.from(
    { length: this.options.answers },
    (): Choice => ({
      parser: this.options.parser?.() ?? new PlainText(),
      content: '',
      calls: [],
      chosen: [],
      finish: 'stop',
    }),
  );

  begin(index: number): readonly object[] {
    return [this.chunk(index, { delta: { role: 'assistant', content: '', refusal: null } })];
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
    return [...chunks, ...this.endChunks(index, { delta: {} }, choice.finish, all)];
  }

  body(all: readonly AnswerNumbers[]): object {
    const { logprobs, tokenizer } = this.options;
    const choices = this.#choices.map((choice, index) => ({
      index,
      message: messageOf(choice),
      logprobs: logprobs ? chatLogprobs(choice.chosen, tokenizer) : null,
      finish_reason: choice.finish,
    }));
    return this.whole('chat.completion', choices, all);
  }

  #pieceChunks(index: number, piece: AnswerPiece, deltas: readonly object[]): readonly object[] {
    const { logprobs: wanted, tokenizer } = this.options;
    const logprobs = wanted && piece.chosen.length > 0 ? chatLogprobs(piece.chosen, tokenizer) : null;
    const rounds = this.rounds(piece);
    const [first, ...rest] = deltas;
    if (first === undefined && logprobs === null && rounds === undefined) return [];
    return [
      this.chunk(index, { delta: first ?? { content: '' } }, { logprobs }, rounds),
      ...rest.map((delta) => this.chunk(index, { delta })),
    ];
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
