import { type Agent, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import type { BenchmarkPrompt } from '../prompts/read-prompts.js';
import { type ChatChunk, field, readChatChunk } from './chat-chunk.js';
import { SseEvents } from './sse-events.js';

/** Body of a greedy request. */
export function chatBody({ messages }: BenchmarkPrompt, maximumTokens: number): ChatCall['body'] {
  return { messages, temperature: 0, max_tokens: maximumTokens };
}

/** One streamed request. */
export interface ChatCall {
  /** Where the server listens, without a path. */
  readonly url: string;
  /** Body of the request, apart from what makes it a stream. */
  readonly body: Readonly<Record<string, unknown>>;
  /** Connections to send it on. @default one of its own */
  readonly agent?: Agent;
  /** Milliseconds of a clock that never goes back. @default performance.now */
  readonly now?: () => number;
}

/** An answer as it came. */
export interface ChatAnswer {
  readonly text: string;
  readonly finishReason: string | undefined;
  readonly promptTokens: number;
  readonly tokens: number;
  readonly drafted: number;
  readonly accepted: number;
  /** Milliseconds from sending the request to the first text, and to the end of the stream. */
  readonly firstText: number;
  readonly whole: number;
  /**
   * Milliseconds between arrivals of text. Pieces less than `SAME_ARRIVAL` apart are one arrival: the tokens of one
   * round come together, and counting nothing between them would flatter speculation.
   */
  readonly gaps: readonly number[];
}

/** What became of a request: `refused` has a status other than 200; `broken` ended without the end that a stream has. */
export type ChatOutcome =
  | ({ readonly kind: 'answered' } & ChatAnswer)
  | { readonly kind: 'refused'; readonly status: number; readonly message: string }
  | { readonly kind: 'broken'; readonly message: string };

/** Milliseconds. */
const SAME_ARRIVAL = 1;

/** Sends a chat completion and follows its stream. Never rejects: whatever goes wrong is an outcome. */
export async function streamChat({ url, body, agent, now = () => performance.now() }: ChatCall): Promise<ChatOutcome> {
  const asked = JSON.stringify({ ...body, stream: true, stream_options: { include_usage: true } });
  const sent = now();
  try {
    const response = await send(new URL('/v1/chat/completions', url), asked, agent);
    if (response.statusCode !== 200) {
      return { kind: 'refused', status: response.statusCode ?? 0, message: refusal(await text(response)) };
    }
    return await follow(response, sent, now);
  } catch (error) {
    return { kind: 'broken', message: error instanceof Error ? error.message : String(error) };
  }
}

function send(url: URL, body: string, agent: Agent | undefined): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    request(url, { method: 'POST', headers, ...(agent && { agent }) }, resolve)
      .on('error', reject)
      .end(body);
  });
}

async function follow(response: IncomingMessage, sent: number, now: () => number): Promise<ChatOutcome> {
  const events = new SseEvents();
  const answer = new AnswerInProgress(sent);
  response.setEncoding('utf8');
  for await (const piece of response) {
    const at = now();
    for (const data of events.push(String(piece))) {
      if (data === '[DONE]') return answer.finish(now());
      const chunk = readChatChunk(data);
      if (chunk.error !== undefined) return { kind: 'broken', message: chunk.error };
      answer.add(chunk, at);
    }
  }
  return { kind: 'broken', message: 'The stream ended without [DONE].' };
}

class AnswerInProgress {
  readonly #sent: number;
  readonly #arrivals: number[] = [];
  readonly #last: { -readonly [Key in keyof ChatChunk]?: ChatChunk[Key] } = {};
  #text = '';

  constructor(sent: number) {
    this.#sent = sent;
  }

  add({ text, ...rest }: ChatChunk, at: number): void {
    const before = this.#arrivals.at(-1);
    if (text !== '' && (before === undefined || at - before >= SAME_ARRIVAL)) this.#arrivals.push(at);
    this.#text += text;
    for (const [name, value] of Object.entries(rest))
      if (value !== undefined) Object.assign(this.#last, { [name]: value });
  }

  finish(at: number): ChatOutcome {
    const { finishReason, promptTokens, completionTokens, drafted = 0, accepted = 0 } = this.#last;
    if (completionTokens === undefined) return { kind: 'broken', message: 'The stream ended without its usage.' };
    const [first = at] = this.#arrivals;
    return {
      kind: 'answered',
      text: this.#text,
      finishReason,
      promptTokens: promptTokens ?? 0,
      tokens: completionTokens,
      drafted,
      accepted,
      firstText: first - this.#sent,
      whole: at - this.#sent,
      gaps: this.#arrivals.slice(1).map((arrival, index) => arrival - (this.#arrivals[index] ?? arrival)),
    };
  }
}

function refusal(body: string): string {
  try {
    const message = field(field(JSON.parse(body), 'error'), 'message');
    return typeof message === 'string' ? message : body;
  } catch {
    return body;
  }
}
