import { createServer, type RunningServer, type ServerConfiguration } from '@foretoken/server';
import { afterEach, describe, expect, it } from 'vitest';
import { testConfiguration } from '../openai/testing/configuration.js';
import { aborted, endless, failing, round, ScriptedEngine, scriptOf } from '../openai/testing/scripted-engine.js';
import { smallText } from '../openai/testing/small-text.js';

const open = new Set<RunningServer>();
afterEach(async () => {
  for (const server of open) await server.close({ deadline: 0 });
  open.clear();
});

async function start(engine: ScriptedEngine, changes: Partial<ServerConfiguration> = {}): Promise<RunningServer> {
  const server = await createServer(testConfiguration({ model: 'scripted', ...changes }), {
    engine,
    text: smallText(),
  });
  open.add(server);
  await server.ready;
  return server;
}

function post(server: RunningServer, changes: object = {}, init: RequestInit = {}): Promise<Response> {
  return fetch(`${server.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ messages: [{ role: 'user', content: 'hello' }], ...changes }),
    ...init,
  });
}

/** Data of the events of a stream. */
async function eventsOf(response: Response): Promise<string[]> {
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  const text = await response.text();
  return text
    .split('\n\n')
    .filter((part) => part.startsWith('data: '))
    .map((part) => part.slice('data: '.length));
}

describe('while the model is not there', () => {
  it('listens, is not healthy, and asks to come back', async () => {
    const engine = new ScriptedEngine();
    engine.state = 'starting';
    const server = await start(engine);
    for (const path of ['health', 'ready', 'v1/models', 'props']) {
      const response = await fetch(`${server.url}/${path}`);
      expect(response.status, path).toBe(503);
      expect(Number(response.headers.get('retry-after')), path).toBeGreaterThan(0);
    }
    const response = await post(server);
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({
      error: { message: expect.any(String), type: 'unavailable_error', param: null, code: 'model_loading' },
    });
    engine.state = 'ready';
    expect((await post(server)).status).toBe(200);
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
  });

  it('takes requests while an engine restarts, but is not ready', async () => {
    const engine = new ScriptedEngine();
    const server = await start(engine);
    engine.state = 'restarting';
    expect((await post(server)).status).toBe(200);
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
    expect((await fetch(`${server.url}/ready`)).status).toBe(503);
    engine.state = 'failed';
    expect((await fetch(`${server.url}/health`)).status).toBe(503);
  });

  it('says that a model can not be loaded, and goes on listening', async () => {
    const server = await createServer(testConfiguration({ model: 'no-such-model' }));
    open.add(server);
    await expect(server.ready).rejects.toMatchObject({ code: 'unknown-model' });
    const response = await post(server);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ error: { code: 'model_failed' } });
    expect((await fetch(`${server.url}/health`)).status).toBe(503);
  });

  it('refuses an address that is taken', async () => {
    const { port } = await start(new ScriptedEngine());
    const second = createServer(testConfiguration({ port }), { engine: new ScriptedEngine(), text: smallText() });
    await expect(second).rejects.toMatchObject({ code: 'address-unavailable' });
  });
});

describe('streams', () => {
  it('can not be broken by what a model writes', async () => {
    const hostile = 'x\n\ndata: [DONE]\n\r\nevent: y\n\u2028\u0000"}\n\n: comment';
    const engine = new ScriptedEngine();
    engine.script = scriptOf([hostile, hostile]);
    const events = await eventsOf(await post(await start(engine), { stream: true }));
    expect(events.at(-1)).toBe('[DONE]');
    const texts = events.slice(0, -1).map((event) => {
      const chunk = JSON.parse(event) as {
        readonly choices: readonly [{ readonly delta: { readonly content?: string } }];
      };
      return chunk.choices[0].delta.content ?? '';
    });
    expect(texts.join('')).toBe(hostile + hostile);
  });

  it('answer with a status of their own while nothing was sent', async () => {
    const engine = new ScriptedEngine();
    engine.script = failing([]);
    const response = await post(await start(engine), { stream: true });
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ error: { code: 'engine_closed', type: 'unavailable_error' } });
  });

  it('tell of an error in the middle and end', async () => {
    const engine = new ScriptedEngine();
    engine.script = failing(['a']);
    const events = await eventsOf(await post(await start(engine), { stream: true }));
    expect(events.at(-1)).not.toBe('[DONE]');
    expect(JSON.parse(events.at(-1)!)).toMatchObject({ error: { code: 'engine_closed', param: null } });
  });

  it('never show what went wrong inside', async () => {
    const engine = new ScriptedEngine();
    const server = await start(engine);
    for (const stream of [false, true]) {
      engine.script = failing(stream ? ['a'] : [], new TypeError('secret at /home/me'));
      const text = await (await post(server, { stream })).text();
      expect(text).toContain('internal_error');
      expect(text).not.toMatch(/secret|TypeError|home|\bat /);
    }
  });

  it('abort the engine when the client leaves, streamed or not', async () => {
    const engine = new ScriptedEngine();
    engine.script = endless(['a']);
    const server = await start(engine);
    for (const stream of [true, false]) {
      const leaving = new AbortController();
      const asked = post(server, { stream, n: 3 }, { signal: leaving.signal }).then((response) => response.text());
      await expect.poll(() => engine.running).toBe(3);
      leaving.abort();
      await expect(asked).rejects.toThrow();
      await expect.poll(() => engine.running).toBe(0);
    }
  });

  it('end all answers of a request when one fails', async () => {
    const engine = new ScriptedEngine();
    let asked = 0;
    engine.script = (request, signal) => (++asked === 2 ? failing(['b']) : endless(['a']))(request, signal);
    const events = await eventsOf(await post(await start(engine), { stream: true, n: 3 }));
    expect(JSON.parse(events.at(-1)!)).toMatchObject({ error: { code: 'engine_closed' } });
    expect(engine.running).toBe(0);
  });

  it('stop asking the engine while nobody reads', async () => {
    const engine = new ScriptedEngine();
    let given = 0;
    engine.script = async function* (_, signal) {
      yield { kind: 'started', waitedMilliseconds: 0, reusedPromptTokens: 0 };
      while (!signal.aborted) {
        given++;
        yield round('x'.repeat(10_000));
        // The engine's events come over time, not in one breath.
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const server = await start(engine);
    const response = await post(server, { stream: true });
    const reader = response.body!.getReader();
    await reader.read();
    let before = -1;
    // Buffers of both ends fill up, then nothing moves.
    await expect
      .poll(
        () => {
          const still = given === before;
          before = given;
          return still;
        },
        { interval: 500, timeout: 30_000 },
      )
      .toBe(true);
    const stopped = given;
    for (let i = 0; i < 200; i++) await reader.read();
    await expect.poll(() => given).toBeGreaterThan(stopped);
    await reader.cancel();
    await expect.poll(() => engine.running).toBe(0);
  });
});

describe('closing', () => {
  it('lets requests end, refuses new ones, and closes the engine', async () => {
    const engine = new ScriptedEngine();
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    engine.script = async function* () {
      yield { kind: 'started', waitedMilliseconds: 0, reusedPromptTokens: 0 };
      yield round('a');
      await held;
      yield* scriptOf(['b'])({} as never, new AbortController().signal);
    };
    const server = await start(engine);
    const running = await post(server, { stream: true });
    const closing = server.close({ deadline: 60_000 });
    const refused = await post(server);
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({ error: { code: 'server_closing' } });
    expect((await fetch(`${server.url}/ready`)).status).toBe(503);
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
    release();
    const events = await eventsOf(running);
    expect(events.at(-1)).toBe('[DONE]');
    await closing;
    expect(engine.closed).toBe(1);
    await expect(post(server)).rejects.toThrow();
    await server.close();
    expect(engine.closed).toBe(1);
  });

  it('aborts what still runs at the deadline and tells its clients', async () => {
    const engine = new ScriptedEngine();
    engine.script = endless(['a']);
    const server = await start(engine);
    const [stream, whole] = [await post(server, { stream: true }), post(server)];
    await expect.poll(() => engine.running).toBe(2);
    await server.close({ deadline: 10 });
    const events = await eventsOf(stream);
    expect(JSON.parse(events.at(-1)!)).toMatchObject({ error: { code: 'server_closing' } });
    const answer = await whole;
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).not.toBeNull();
    expect(engine.running).toBe(0);
  });

  it('gives up a reader that reads nothing', async () => {
    const engine = new ScriptedEngine();
    engine.script = async function* (_, signal) {
      yield { kind: 'started', waitedMilliseconds: 0, reusedPromptTokens: 0 };
      for (let i = 0; i < 5_000 && !signal.aborted; i++) yield round('x'.repeat(10_000));
      await aborted(signal);
    };
    const server = await start(engine, { requests: { deadline: 200 } });
    const response = await post(server, { stream: true });
    await expect.poll(() => engine.running, { timeout: 20_000 }).toBe(0);
    await expect(response.text()).rejects.toThrow();
  });
});

it('passes on what was asked', async () => {
  const engine = new ScriptedEngine();
  const server = await start(engine, { requests: { deadline: 1_234, maxTokens: 7 } });
  const changes = {
    n: 2,
    seed: 5,
    stop: 'x',
    top_k: 3,
    min_p: 0.1,
    logit_bias: { 97: -100 },
    repeat_penalty: 1.5,
    repeat_last_n: 4,
  };
  const speculation = { draft: 'lookup', controller: 'fixed', depth: 2, min_confidence: 0.25 };
  const prediction = { type: 'content', content: 'hello' };
  await post(server, { ...changes, speculation, prediction, ignore_eos: true });
  expect(engine.requests).toHaveLength(2);
  expect(engine.requests[1]).toMatchObject({
    id: expect.stringMatching(/-1$/),
    maximumTokens: 7,
    deadline: 1_234,
    stop: ['x'],
    ignoreEndTokens: true,
    rounds: false,
    sampling: {
      temperature: 1,
      topP: 1,
      topK: 3,
      minP: 0.1,
      seed: 6,
      logitBias: { 97: -100 },
      repetitionPenalty: 1.5,
      repetitionWindow: 4,
    },
    speculation: {
      draft: 'lookup',
      controller: 'fixed',
      depth: 2,
      minimumConfidence: 0.25,
      prediction: smallText().tokenizer.encode('hello'),
    },
  });
});

it('answers everything else in the same form', async () => {
  const server = await start(new ScriptedEngine());
  const cases: readonly [string, RequestInit, number][] = [
    ['nope', {}, 404],
    ['v1/chat/completions', {}, 404],
    ['v1/chat/completions', { method: 'POST' }, 400],
    ['v1/chat/completions', { method: 'POST', body: '[]', headers: { 'content-type': 'application/json' } }, 400],
    ['v1/chat/completions', { method: 'POST', body: '{', headers: { 'content-type': 'application/json' } }, 400],
    ['v1/chat/completions', { method: 'POST', body: '{}', headers: { 'content-type': 'text/plain' } }, 415],
    ['v1/models/%E0%A4%A', {}, 400],
    ['..%2f..%2fetc%2fpasswd', {}, 404],
  ];
  for (const [path, init, status] of cases) {
    const response = await fetch(`${server.url}/${path}`, init);
    expect(response.status, path).toBe(status);
    expect(await response.json(), path).toEqual({
      error: {
        message: expect.any(String),
        type: 'invalid_request_error',
        param: expect.toSatisfy(isParam),
        code: expect.toSatisfy(isParam),
      },
    });
    expect(response.headers.get('x-powered-by')).toBeNull();
  }
});

function isParam(value: unknown): boolean {
  return value === null || typeof value === 'string';
}
