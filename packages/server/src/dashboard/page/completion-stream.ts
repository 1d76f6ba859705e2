import type { GeneratedToken } from '@foretoken/core';
import type { RoundView } from '../../engine/text-engine.js';
import { readEvents } from './event-stream.js';

type AnswerToken = Pick<GeneratedToken, 'text' | 'origin'>;

/** A piece of an answer as it arrives. */
export interface CompletionPiece {
  readonly text: string;
  readonly tokens: readonly AnswerToken[];
  readonly rounds: readonly RoundView[];
  readonly finishReason: string | undefined;
  /** Of the whole answer, with its end. */
  readonly tokensPerSecond: number | undefined;
}

export interface CompletionCall {
  readonly path: '/v1/chat/completions' | '/v1/completions';
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** The server refused, or broke off. */
export class CompletionError extends Error {
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

/** Asks for an answer and yields it piece by piece. */
export async function* streamCompletion(call: CompletionCall): AsyncGenerator<CompletionPiece, void, undefined> {
  const response = await fetch(call.path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...call.headers },
    body: JSON.stringify({ ...call.body, stream: true, foretoken: { rounds: true } }),
    signal: call.signal,
  });
  if (!response.ok || response.body === null) {
    throw new CompletionError(await errorMessage(response), response.status);
  }
  for await (const data of readEvents(response.body)) {
    if (data === '[DONE]') return;
    const chunk: Chunk = JSON.parse(data);
    if (chunk.error !== undefined) throw new CompletionError(chunk.error.message, response.status);
    yield readChunk(chunk);
  }
}

/** What is read of a chunk, of chats and of plain completions. */
interface Chunk {
  readonly error?: { readonly message: string };
  readonly choices?: readonly {
    readonly delta?: { readonly content?: string | null };
    readonly text?: string;
    readonly finish_reason?: string | null;
  }[];
  readonly foretoken?: { readonly tokens?: readonly AnswerToken[]; readonly rounds?: readonly RoundView[] };
  readonly timings?: { readonly predicted_per_second: number };
}

function readChunk({ choices, foretoken, timings }: Chunk): CompletionPiece {
  const choice = choices?.[0];
  return {
    text: choice?.delta?.content ?? choice?.text ?? '',
    tokens: foretoken?.tokens ?? [],
    rounds: foretoken?.rounds ?? [],
    finishReason: choice?.finish_reason ?? undefined,
    tokensPerSecond: timings?.predicted_per_second,
  };
}

async function errorMessage(response: Response): Promise<string> {
  const text = await response.text().catch(() => '');
  try {
    const message: unknown = JSON.parse(text)?.error?.message;
    if (typeof message === 'string') return message;
  } catch {}
  return `The server answered ${response.status}.`;
}
