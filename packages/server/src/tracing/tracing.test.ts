import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { QueueFullError } from '@foretoken/core';
import type { TextEvent, TextRequest } from '@foretoken/server';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ObservedTextEngine } from '../metrics/observed-text-engine.js';
import { failing, finish, round, type Script, ScriptedEngine } from '../openai/testing/scripted-engine.js';
import { serveMiddleware } from '../security/testing/serve-middleware.js';
import { createTracing, tracesUrl } from './tracing.js';

interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly attributes: readonly { readonly key: string; readonly value: Record<string, unknown> }[];
  readonly events: readonly { readonly name: string; readonly attributes: ReceivedSpan['attributes'] }[];
  readonly status: { readonly code?: number };
}

interface Received {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: ReceivedSpan['attributes'] };
    readonly scopeSpans: readonly { readonly spans: readonly ReceivedSpan[] }[];
  }[];
}

let received: { readonly path: string; readonly body: Received }[];
let status: number;
let endpoint: string;
let closeReceiver: () => void;

beforeEach(async () => {
  received = [];
  status = 200;
  const receiver = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const bytes = Buffer.concat(chunks);
      const text = request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes;
      received.push({ path: request.url ?? '', body: JSON.parse(text.toString()) as Received });
      response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  closeReceiver = () => {
    receiver.close();
    receiver.closeAllConnections();
  };
});

afterEach(() => closeReceiver());

const request: TextRequest = {
  ...{ id: 'request-1', prompt: Int32Array.of(1, 2, 3), maximumTokens: 9 },
  sampling: { temperature: 0.5, topK: 40, seed: 7 },
};

const seen = (index: number): TextEvent => ({
  ...round('the-secret'),
  view: {
    ...{ index, plan: { kind: 'speculate', drafter: 'lookup', depth: 2 } },
    tree: [
      { text: 'the-secret', parent: -1, accepted: true },
      { text: 'the-secret', parent: 0, accepted: false },
    ],
    ...{ tokens: ['the-secret', 'b'], milliseconds: { draft: 1, forward: 2, verify: 3 } },
  },
});

const answer = (rounds: number): Script =>
  async function* () {
    yield { kind: 'started', waitedMilliseconds: 1_500, reusedPromptTokens: 2 };
    for (let i = 0; i < rounds; i++) yield seen(i);
    yield finish('length', rounds);
  };

/** Runs a request under tracing, closes it and gives the spans that arrived. */
async function traced(script: Script, traceparent?: string): Promise<readonly ReceivedSpan[]> {
  const problems: unknown[] = [];
  const tracing = await createTracing({ endpoint, model: 'a-model', onProblem: (error) => problems.push(error) });
  const engine = new ScriptedEngine();
  engine.script = script;
  const observed = new ObservedTextEngine(engine, tracing.requests);
  const server = await serveMiddleware(tracing.middleware, {
    hold: async () => {
      try {
        for await (const _ of observed.submit(request));
      } catch (error) {
        // What the script throws; the answer goes out all the same.
        if (!(error instanceof QueueFullError)) throw error;
      }
    },
  });
  const response = fetch(server.url, { headers: traceparent === undefined ? {} : { traceparent } });
  await expect.poll(() => engine.requests.length).toBe(1);
  await expect.poll(() => engine.running).toBe(0);
  expect((await response).status).toBe(200);
  await tracing.close();
  await server.close();
  expect(problems).toEqual([]);
  return received.flatMap(({ body }) =>
    body.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)),
  );
}

function valuesOf(attributes: ReceivedSpan['attributes']): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}

describe('a span', () => {
  it('says what was asked and what came of it, over OTLP, and holds no text', async () => {
    const spans = await traced(answer(2));
    expect(received.map(({ path }) => path)).toEqual(['/v1/traces']);
    expect(valuesOf(received[0]!.body.resourceSpans[0]!.resource.attributes)).toMatchObject({
      'service.name': 'foretoken',
    });
    expect(spans).toHaveLength(1);
    const [span] = spans as readonly [ReceivedSpan];
    expect(span).toMatchObject({ name: 'text_completion a-model', kind: 2 });
    expect(span.parentSpanId).toBeUndefined();
    expect(valuesOf(span.attributes)).toMatchObject({
      ...{ 'gen_ai.operation.name': 'text_completion', 'gen_ai.request.model': 'a-model' },
      ...{ 'gen_ai.request.max_tokens': 9, 'gen_ai.request.temperature': 0.5, 'gen_ai.request.top_k': 40 },
      ...{ 'gen_ai.request.seed': 7, 'gen_ai.usage.output_tokens': 2, 'foretoken.request.id': 'request-1' },
      ...{ 'foretoken.queue.seconds': 1.5, 'foretoken.prompt_tokens': 3 },
      'gen_ai.response.finish_reasons': { values: [{ stringValue: 'length' }] },
    });
    expect(span.events.map(({ name }) => name)).toEqual(['started', 'round', 'first token', 'round']);
    expect(valuesOf(span.events[1]!.attributes)).toEqual({
      ...{ 'foretoken.round': 0, 'foretoken.plan': 'lookup:2', 'foretoken.draft_tokens': 2 },
      ...{ 'foretoken.accepted_tokens': 1, 'foretoken.tokens': 2, 'foretoken.draft.milliseconds': 1 },
      ...{ 'foretoken.forward.milliseconds': 2, 'foretoken.verify.milliseconds': 3 },
    });
    expect(JSON.stringify(received)).not.toContain('the-secret');
  });

  it('holds a bounded number of rounds', async () => {
    const [span] = await traced(answer(300));
    expect(span!.events.filter(({ name }) => name === 'round')).toHaveLength(100);
  });

  it('tells of failure by its code', async () => {
    const [span] = await traced(failing([], new QueueFullError(1, 2)));
    expect(span!.status.code).toBe(2);
    expect(valuesOf(span!.attributes)).toMatchObject({ 'error.type': 'queue-full' });
  });

  it('hangs off the trace that the client is in', async () => {
    const [span] = await traced(answer(1), '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01');
    expect(span).toMatchObject({ traceId: '0af7651916cd43dd8448eb211c80319c', parentSpanId: 'b7ad6b7169203331' });
  });

  it.each(['nonsense', '00-00000000000000000000000000000000-b7ad6b7169203331-01', `00-${'a'.repeat(5_000)}`])(
    'begins a trace where the client sends %s',
    async (traceparent) => {
      const [span] = await traced(answer(1), traceparent);
      expect(span!.parentSpanId).toBeUndefined();
    },
  );
});

describe('a collector', () => {
  it('that is not there is told of and hurts nobody', async () => {
    closeReceiver();
    const problems: unknown[] = [];
    const tracing = await createTracing({ endpoint, model: 'm', onProblem: (error) => problems.push(error) });
    tracing.requests[0]!.observe(request).left?.();
    await tracing.close();
    expect(problems.length).toBeGreaterThan(0);
    await tracing.close();
  });

  it('that refuses is told of', async () => {
    status = 400;
    const problems: unknown[] = [];
    const tracing = await createTracing({ endpoint, model: 'm', onProblem: (error) => problems.push(error) });
    tracing.requests[0]!.observe(request).left?.();
    await tracing.close();
    expect(problems).toHaveLength(1);
  });

  it('that is not configured costs nothing', async () => {
    const tracing = await createTracing({ model: 'm', onProblem: () => {} });
    expect(tracing).toMatchObject({ requests: [], middleware: [] });
    await tracing.close();
    expect(received).toEqual([]);
  });

  it.each([
    ['http://a:4318', 'http://a:4318/v1/traces'],
    ['http://a:4318/', 'http://a:4318/v1/traces'],
    ['http://a/otel', 'http://a/otel/v1/traces'],
    ['http://a:4318/v1/traces', 'http://a:4318/v1/traces'],
  ])('%s is sent to at %s', (given, url) => {
    expect(tracesUrl(given)).toBe(url);
  });
});
