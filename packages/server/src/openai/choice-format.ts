import type { Tokenizer } from '@foretoken/core/text';
import type { AnswerPiece } from './answer.js';
import type { GenerationParameters } from './generation-schema.js';
import { type Generations, unixTime } from './generations.js';
import { type AnswerNumbers, timingsOf, usageOf } from './usage.js';

/** How the answers of an endpoint with `choices` are written. */
export interface ChoiceOptions {
  /** What is the same in every chunk of a response, and in its whole. */
  readonly head: {
    readonly id: string;
    /** Seconds since 1970. */
    readonly created: number;
    readonly model: string;
    readonly system_fingerprint: string;
  };
  readonly tokenizer: Tokenizer;
  readonly answers: number;
  readonly includeUsage: boolean;
  /** Whether chunks tell of guesses and rounds. */
  readonly showRounds: boolean;
}

/** The options that a request asks for. */
export function choiceOptions(
  { stream_options: stream, foretoken }: GenerationParameters,
  { text, fingerprint }: Generations,
  { id, model, answers }: { readonly id: string; readonly model: string; readonly answers: number },
): ChoiceOptions {
  return {
    head: { id, created: unixTime(), model, system_fingerprint: fingerprint },
    tokenizer: text.tokenizer,
    answers,
    includeUsage: stream?.include_usage === true,
    showRounds: foretoken?.rounds === true,
  };
}

/** What the formats of answers with `choices` share: what stands around the content of a choice. */
export abstract class ChoiceFormat<Options extends ChoiceOptions> {
  constructor(protected readonly options: Options) {}

  /** What a chunk is called. */
  protected abstract readonly chunkObject: string;

  /** @param more - what stands beside the choices */
  protected chunk(
    index: number,
    content: object,
    { logprobs = null, finish = null }: { readonly logprobs?: object | null; readonly finish?: string | null } = {},
    more: object = {},
  ): object {
    const { head, includeUsage } = this.options;
    return {
      ...head,
      object: this.chunkObject,
      choices: [{ index, ...content, logprobs, finish_reason: finish }],
      ...(includeUsage ? { usage: null } : {}),
      ...more,
    };
  }

  /** The chunks that end an answer. `all`: as `AnswerFormat.take` has it. */
  protected endChunks(
    index: number,
    content: object,
    finish: string,
    all: readonly AnswerNumbers[] | undefined,
  ): readonly object[] {
    const { head, includeUsage } = this.options;
    const timings = all === undefined ? {} : { timings: timingsOf(all) };
    const end = this.chunk(index, content, { finish }, includeUsage ? {} : timings);
    if (!includeUsage || all === undefined) return [end];
    return [end, { ...head, object: this.chunkObject, choices: [], usage: usageOf(all), ...timings }];
  }

  /** What a chunk tells of guesses and rounds, if that is to be seen. */
  protected rounds({ tokens, rounds }: AnswerPiece): object | undefined {
    return this.options.showRounds && tokens.length > 0 ? { foretoken: { tokens, rounds } } : undefined;
  }

  protected whole(object: string, choices: readonly object[], all: readonly AnswerNumbers[]): object {
    return { ...this.options.head, object, choices, usage: usageOf(all), timings: timingsOf(all) };
  }
}
