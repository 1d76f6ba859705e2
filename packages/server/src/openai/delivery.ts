import type { ServerResponse } from 'node:http';
import { ApiError } from '../http/api-error.js';
import { type ErrorContext, toApiError } from '../http/describe-error.js';
import { SseResponse } from '../http/sse-response.js';
import { type AnswerPiece, answerPieces } from './answer.js';
import type { AnswerEvent } from './generations.js';
import type { AnswerNumbers } from './usage.js';

/** How answers are written: one of these a request. */
export interface AnswerFormat {
  /** Chunks that tell that an answer begins. */
  begin(index: number): readonly object[];
  /**
   * Takes a piece of an answer and gives its chunks.
   *
   * @param all - present with the end of the last answer: what all of them were in numbers
   */
  take(index: number, piece: AnswerPiece, all: readonly AnswerNumbers[] | undefined): readonly object[];
  /** The whole, for who does not stream. */
  body(all: readonly AnswerNumbers[]): object;
  /**
   * The event that tells of an error in the middle of a stream. A format that has its own gives its events types, which
   * are sent with them, and ends by its last event. @default the body of an error answer, in a stream that ends with [DONE]
   */
  failure?(error: ApiError): object;
}

export interface DeliverOptions {
  readonly events: AsyncIterable<AnswerEvent>;
  /** Answers to all prompts. */
  readonly answers: number;
  /** Answers to each prompt. */
  readonly answersToEach: number;
  /** Tokens that end an answer and are no part of it. */
  readonly endTokens: ReadonlySet<number>;
  readonly format: AnswerFormat;
  readonly response: ServerResponse;
  /** Of the request: aborted when the client is gone, or with an `ApiError` when the server won't go on. */
  readonly signal: AbortSignal;
  readonly stream: boolean;
  readonly errors: ErrorContext;
  /** Milliseconds that a reader may read nothing. */
  readonly stallLimit: number;
  /** Told of what nobody foresaw, when it happens in the middle of a stream. */
  readonly onUnexpected: (error: unknown) => void;
}

/**
 * Sends answers as they come, or at once when all have ended. What fails before the first byte is thrown, later it is
 * told in the stream.
 *
 * @throws {ApiError} what kept the answers from being made.
 */
export async function deliver(options: DeliverOptions): Promise<void> {
  const { response, signal, stream, errors, stallLimit, onUnexpected } = options;
  const sse = stream
    ? new SseResponse(response, { stallLimit, typed: options.format.failure !== undefined })
    : undefined;
  try {
    const all = await follow(options, async (chunks) => {
      for (const chunk of chunks) await sse?.send(chunk);
    });
    if (sse !== undefined) await sse.done();
    else sendJson(response, options.format.body(all));
  } catch (error) {
    // Nobody is there to be told.
    if (response.destroyed) return;
    const described = signal.reason instanceof ApiError ? signal.reason : toApiError(error, errors);
    if (sse?.started !== true) throw described;
    if (described.code === 'internal_error') onUnexpected(error);
    await sse.fail(options.format.failure?.(described) ?? described.body);
  }
}

async function follow(
  { events, answers, answersToEach, endTokens, format, signal }: DeliverOptions,
  send: (chunks: readonly object[]) => Promise<void>,
): Promise<readonly AnswerNumbers[]> {
  const ended: AnswerNumbers[] = [];
  for await (const { index, value } of events) {
    if (value.kind === 'started') await send(format.begin(index));
    const prompt = Math.floor(index / answersToEach);
    for (const piece of answerPieces(value, { prompt, endTokens })) {
      if (piece.ended?.reason === 'abort') signal.throwIfAborted();
      if (piece.ended !== undefined) ended.push(piece.ended.numbers);
      await send(format.take(index, piece, ended.length === answers ? ended : undefined));
    }
  }
  signal.throwIfAborted();
  return ended;
}

function sendJson(response: ServerResponse, body: object): void {
  const text = JSON.stringify(body);
  response.writeHead(200, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
  });
  response.end(text);
}
