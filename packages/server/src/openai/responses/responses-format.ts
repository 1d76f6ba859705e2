import type { Tokenizer } from '@foretoken/core/text';
import type { ApiError } from '../../http/api-error.js';
import type { ToolCallParser } from '../../tools/index.js';
import type { AnswerPiece } from '../answer.js';
import type { AnswerFormat } from '../delivery.js';
import { unixTime } from '../generations.js';
import { chatLogprobs } from '../logprobs.js';
import { PlainText } from '../plain-text.js';
import { type AnswerNumbers, timingsOf, usageOf } from '../usage.js';
import { type ItemEvent, OutputItems } from './output-items.js';
import type { ResponsesRequest } from './responses-schema.js';

export interface ResponsesFormatOptions {
  readonly id: string;
  /** Seconds since 1970. */
  readonly created: number;
  readonly model: string;
  readonly request: ResponsesRequest;
  readonly tokenizer: Tokenizer;
  readonly logprobs: boolean;
  /** Finds tool calls; `undefined` without tools. */
  readonly parser: (() => ToolCallParser) | undefined;
}

type Status = 'in_progress' | 'completed' | 'incomplete' | 'failed';

/** Writes the answer as `POST /v1/responses` does. */
export class ResponsesFormat implements AnswerFormat {
  readonly #options: ResponsesFormatOptions;
  readonly #parser: ToolCallParser;
  readonly #items = new OutputItems();
  #status: Status = 'in_progress';
  #sequence = 0;

  constructor(options: ResponsesFormatOptions) {
    this.#options = options;
    this.#parser = options.parser?.() ?? new PlainText();
  }

  begin(): readonly object[] {
    const response = this.#response(undefined);
    return this.#numbered([
      { type: 'response.created', response },
      { type: 'response.in_progress', response },
    ]);
  }

  take(_index: number, piece: AnswerPiece, all: readonly AnswerNumbers[] | undefined): readonly object[] {
    const { ended, chosen } = piece;
    const { logprobs: wanted, tokenizer } = this.#options;
    const logprobs = wanted ? chatLogprobs(chosen, tokenizer).content : [];
    const found = [...this.#parser.push(piece.text), ...(ended === undefined ? [] : this.#parser.finish())];
    const textual = found.findIndex(({ kind }) => kind === 'content');
    const events = found.flatMap((event, i) => this.#items.take(event, i === textual ? logprobs : []));
    if (ended === undefined || all === undefined) return this.#numbered(events);
    this.#status = ended.reason === 'length' ? 'incomplete' : 'completed';
    events.push(...this.#items.finish(this.#status));
    return this.#numbered([...events, { type: `response.${this.#status}`, response: this.#response(all) }]);
  }

  body(all: readonly AnswerNumbers[]): object {
    return this.#response(all);
  }

  /** As an event of the stream: what the API describes, and the error as other endpoints tell it. */
  failure(error: ApiError): object {
    const { message, code, param } = error;
    return { type: 'error', code, message, param, sequence_number: this.#sequence++, ...error.body };
  }

  #numbered(events: readonly ItemEvent[]): readonly object[] {
    return events.map((event) => ({ ...event, sequence_number: this.#sequence++ }));
  }

  #response(all: readonly AnswerNumbers[] | undefined): object {
    const { id, created, model, request } = this.#options;
    const status = this.#status;
    return {
      id,
      object: 'response',
      created_at: created,
      ...(status === 'completed' ? { completed_at: unixTime() } : {}),
      status,
      error: null,
      incomplete_details: status === 'incomplete' ? { reason: 'max_output_tokens' } : null,
      model,
      output: this.#items.output,
      usage: all === undefined ? null : responseUsage(all),
      ...(all === undefined ? {} : { timings: timingsOf(all) }),
      ...echo(request),
    };
  }
}

/** What a response repeats of its request. */
function echo(request: ResponsesRequest): object {
  return {
    background: false,
    instructions: request.instructions ?? null,
    max_output_tokens: request.max_output_tokens ?? null,
    max_tool_calls: request.max_tool_calls ?? null,
    metadata: request.metadata ?? {},
    parallel_tool_calls: request.parallel_tool_calls ?? true,
    previous_response_id: null,
    reasoning: { effort: null, summary: null },
    service_tier: 'default',
    store: false,
    temperature: request.temperature,
    text: { format: request.text?.format ?? { type: 'text' }, verbosity: request.text?.verbosity ?? 'medium' },
    tool_choice: request.tool_choice ?? 'auto',
    tools: (request.tools ?? []).map((tool) => ({
      ...tool,
      parameters: tool.parameters ?? null,
      strict: tool.strict ?? false,
    })),
    top_logprobs: request.top_logprobs ?? 0,
    top_p: request.top_p,
    truncation: 'disabled',
    user: request.user ?? null,
  };
}

function responseUsage(all: readonly AnswerNumbers[]): object {
  const usage = usageOf(all);
  return {
    input_tokens: usage.prompt_tokens,
    input_tokens_details: { cached_tokens: usage.prompt_tokens_details.cached_tokens, cache_write_tokens: 0 },
    output_tokens: usage.completion_tokens,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: usage.total_tokens,
  };
}
