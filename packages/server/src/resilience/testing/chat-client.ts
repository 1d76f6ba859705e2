/** What became of a request, as its client sees it. `unclear` is what never may happen: neither an answer nor an error that says what was wrong. */
export type Outcome =
  | { readonly kind: 'answered'; readonly text: string; readonly finishReason: string | undefined }
  | {
      readonly kind: 'refused';
      readonly status: number;
      readonly code: string;
      readonly message: string;
      readonly retryAfter: string | null;
    }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string; readonly text: string }
  | { readonly kind: 'left' }
  | { readonly kind: 'unclear'; readonly reason: string };

export interface AskOptions {
  /** Leaves when it fires: the outcome is `left`. */
  readonly signal?: AbortSignal;
  /** Called with each piece of text as it comes. */
  readonly onText?: (text: string) => void;
  /** @default '/v1/chat/completions' */
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Choice {
  readonly delta?: { readonly content?: string | null };
  readonly message?: { readonly content?: string | null };
  readonly text?: string;
  readonly finish_reason?: string | null;
}

interface ErrorBody {
  readonly message?: unknown;
  readonly code?: unknown;
  readonly type?: unknown;
}

interface Answer {
  readonly choices?: readonly Choice[];
  readonly error?: ErrorBody;
}

/** A greedy chat of one message, as a body. */
export function question(content: string, changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { messages: [{ role: 'user', content }], temperature: 0, max_tokens: 24, ...changes };
}

/** Sends a request, streamed or not as its body says, and tells what became of it. Never rejects. */
export async function ask(url: string, body: unknown, options: AskOptions = {}): Promise<Outcome> {
  const { signal, path = '/v1/chat/completions', headers = {} } = options;
  try {
    const response = await fetch(new URL(path, url), {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
      ...(signal && { signal }),
    });
    if (response.status !== 200) return refusal(response, await response.text());
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') ?? false;
    return isStream ? await follow(response, options.onText) : whole((await response.json()) as Answer);
  } catch (error) {
    if (signal?.aborted) return { kind: 'left' };
    return { kind: 'unclear', reason: describe(error) };
  }
}

function whole({ choices }: Answer): Outcome {
  const [choice] = choices ?? [];
  if (choice === undefined) return { kind: 'unclear', reason: 'The answer has no choices.' };
  return {
    kind: 'answered',
    text: choice.message?.content ?? choice.text ?? '',
    finishReason: choice.finish_reason ?? undefined,
  };
}

/** An HTTP error is clear when its body is an error object of the API. */
function refusal(response: Response, body: string): Outcome {
  let error: ErrorBody | undefined;
  try {
    error = (JSON.parse(body) as Answer).error;
  } catch {
    // Said below.
  }
  if (typeof error?.message !== 'string' || typeof error.type !== 'string') {
    return { kind: 'unclear', reason: `Status ${response.status} with the body ${body.slice(0, 200)}` };
  }
  return {
    kind: 'refused',
    status: response.status,
    code: String(error.code),
    message: error.message,
    retryAfter: response.headers.get('retry-after'),
  };
}

async function follow(response: Response, onText?: (text: string) => void): Promise<Outcome> {
  let rest = '';
  let text = '';
  let finishReason: string | undefined;
  const decoder = new TextDecoder();
  for await (const piece of response.body ?? []) {
    const events = (rest + decoder.decode(piece as Uint8Array, { stream: true })).split('\n\n');
    rest = events.pop() ?? '';
    for (const event of events) {
      const data = /^data: (.*)$/m.exec(event)?.[1];
      if (data === undefined) continue;
      if (data === '[DONE]') return { kind: 'answered', text, finishReason };
      const { choices, error } = JSON.parse(data) as Answer;
      if (error !== undefined) {
        return { kind: 'failed', code: String(error.code), message: String(error.message), text };
      }
      const [choice] = choices ?? [];
      const added = choice?.delta?.content ?? choice?.text ?? '';
      text += added;
      finishReason = choice?.finish_reason ?? finishReason;
      if (added !== '') onText?.(added);
    }
  }
  return { kind: 'unclear', reason: `The stream ended without [DONE], after ${JSON.stringify(text)}` };
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${describe(error.cause)}`;
}

/** How many there are of each kind, refusals and failures by their code. */
export function tally(outcomes: readonly Outcome[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const outcome of outcomes) {
    const name =
      outcome.kind === 'refused'
        ? `${outcome.status} ${outcome.code}`
        : outcome.kind === 'failed'
          ? `failed ${outcome.code}`
          : outcome.kind === 'unclear'
            ? `unclear: ${outcome.reason}`
            : outcome.kind;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}
