/** What the benchmark reads of one event of a streamed chat completion; what an event does not have is undefined. */
export interface ChatChunk {
  /** Text that the event appends to the answer. */
  readonly text: string;
  readonly finishReason: string | undefined;
  readonly completionTokens: number | undefined;
  readonly promptTokens: number | undefined;
  readonly drafted: number | undefined;
  readonly accepted: number | undefined;
  /** Message of an error event, which ends the stream. */
  readonly error: string | undefined;
}

/** Reads the data of one event, JSON text. Throws a `SyntaxError` for anything else. */
export function readChatChunk(data: string): ChatChunk {
  const chunk: unknown = JSON.parse(data);
  const choices = field(chunk, 'choices');
  const choice: unknown = Array.isArray(choices) ? choices[0] : undefined;
  const usage = field(chunk, 'usage');
  const timings = field(chunk, 'timings');
  return {
    text: textOf(field(field(choice, 'delta'), 'content')) ?? '',
    finishReason: textOf(field(choice, 'finish_reason')),
    completionTokens: numberOf(field(usage, 'completion_tokens')),
    promptTokens: numberOf(field(usage, 'prompt_tokens')),
    drafted: numberOf(field(timings, 'draft_n')),
    accepted: numberOf(field(timings, 'draft_n_accepted')),
    error: textOf(field(field(chunk, 'error'), 'message')),
  };
}

/** A field of a JSON object; undefined where there is no such field, or no object. */
export function field(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.getOwnPropertyDescriptor(value, name)?.value;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
