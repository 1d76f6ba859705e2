import { QueueFullError } from '@foretoken/core';
import { describe, expect, it } from 'vitest';
import { aborted, round } from '../openai/testing/scripted-engine.js';
import { EnginePool, type PooledEngine } from './engine-pool.js';
import { EngineDiedError } from './errors.js';
import { collectText } from './testing/requests.js';
import { DESCRIPTION } from './testing/scripted-child.js';
import type { EngineState, TextEvent, TextRequest } from './text-engine.js';

type Step = TextEvent | Error | 'silence';

const started: TextEvent = { kind: 'started', waitedMilliseconds: 0, reusedPromptTokens: 0 };
const finish = { kind: 'finish', reason: 'stop', text: '.', statistics: {} } as TextEvent;
const died = (): Error => new EngineDiedError({ kind: 'exit', code: null, signal: 'SIGKILL' });
const request: TextRequest = { id: 'r', prompt: new Int32Array(64).fill(7), sampling: {} };

/** An engine that plays a script for each request. */
class ScriptedEngine implements PooledEngine {
  readonly secondsToReady = 4;
  readonly requests: TextRequest[] = [];
  load = 0;
  closed = false;
  #state: EngineState = 'ready';
  readonly scripts: (readonly Step[])[];
  readonly #onState: (state: EngineState) => void;

  constructor(scripts: (readonly Step[])[], onState: (state: EngineState) => void) {
    this.scripts = scripts;
    this.#onState = onState;
  }

  get state(): EngineState {
    return this.#state;
  }

  set state(state: EngineState) {
    this.#state = state;
    this.#onState(state);
  }

  async started() {
    return DESCRIPTION;
  }

  async *submit(text: TextRequest, signal: AbortSignal): AsyncGenerator<TextEvent, void, undefined> {
    this.requests.push(text);
    for (const step of this.scripts.shift() ?? [started, round('ok'), finish]) {
      if (step instanceof EngineDiedError) this.state = 'restarting';
      if (step instanceof Error) throw step;
      if (step === 'silence') await aborted(signal);
      else yield step;
    }
  }

  snapshot(): never {
    throw new Error('Not asked for here.');
  }

  async close() {
    this.closed = true;
  }
}

async function poolOf(...scripts: (readonly Step[])[][]) {
  const engines: ScriptedEngine[] = [];
  const pool = new EnginePool({
    engines: scripts.length,
    open: (index, onState) => {
      const engine = new ScriptedEngine(scripts[index] ?? [], onState);
      engines.push(engine);
      return engine;
    },
  });
  await pool.start();
  return { pool, engines };
}

describe('EnginePool', () => {
  it('sends a request to the least loaded engine', async () => {
    const { pool, engines } = await poolOf([], []);
    engines[0]!.load = 1;
    expect(await collectText(pool.submit(request))).toBe('ok.');
    expect(engines.map(({ requests }) => requests.length)).toEqual([0, 1]);
  });

  it('sends what begins alike where it was read, unless that engine is busy or has been started again', async () => {
    const { pool, engines } = await poolOf([], []);
    engines[0]!.load = 1;
    await collectText(pool.submit(request));
    engines[0]!.load = 0;
    engines[1]!.load = 2;
    await collectText(pool.submit(request));
    expect(engines.map(({ requests }) => requests.length)).toEqual([0, 2]);
    engines[1]!.load = 5;
    await collectText(pool.submit({ ...request, prompt: Int32Array.of(1) }));
    expect(engines.map(({ requests }) => requests.length)).toEqual([1, 2]);
    engines[1]!.load = 1;
    engines[1]!.state = 'restarting';
    engines[1]!.state = 'ready';
    await collectText(pool.submit(request));
    expect(engines.map(({ requests }) => requests.length)).toEqual([2, 2]);
  });

  it('tries the others when a queue is full, and says the shortest wait when all are', async () => {
    const { pool, engines } = await poolOf(
      [[new QueueFullError(4, 9)], [new QueueFullError(4, 9)]],
      [[started, round('second'), finish], [new QueueFullError(4, 3)]],
    );
    expect(await collectText(pool.submit(request))).toBe('second.');
    await expect(collectText(pool.submit(request))).rejects.toMatchObject({ code: 'queue-full', retryAfterSeconds: 3 });
    expect(engines.map(({ requests }) => requests.length)).toEqual([2, 2]);
  });

  it('runs a request again whose engine died before the first token, and says only once that it was started', async () => {
    const { pool, engines } = await poolOf([[started, died()]], [[started, round('again'), finish]]);
    const events: TextEvent[] = [];
    for await (const event of pool.submit(request)) events.push(event);
    expect(events.map(({ kind }) => kind)).toEqual(['started', 'round', 'finish']);
    expect(engines.map(({ requests }) => requests.length)).toEqual([1, 1]);
  });

  it('waits for an engine that comes back, with what is left of the deadline', async () => {
    const { pool, engines } = await poolOf([[died()]]);
    const answer = collectText(pool.submit({ ...request, deadline: 60_000 }));
    while (engines[0]!.state === 'ready') await new Promise((resolve) => setImmediate(resolve));
    expect(pool.state).toBe('restarting');
    await expect(collectText(pool.submit(request))).rejects.toMatchObject({
      code: 'engine-unavailable',
      retryAfterSeconds: 4,
    });
    engines[0]!.state = 'ready';
    expect(await answer).toBe('ok.');
    expect(engines[0]!.requests[1]?.deadline).toBeLessThan(60_000);
  });

  it('runs out of time while it waits', async () => {
    const { pool } = await poolOf([[died()]]);
    await expect(collectText(pool.submit({ ...request, deadline: 20 }))).rejects.toMatchObject({
      code: 'deadline-exceeded',
      details: { deadline: 20 },
    });
  });

  it('can be aborted while it waits', async () => {
    const { pool, engines } = await poolOf([[died()]]);
    const controller = new AbortController();
    const events: TextEvent[] = [];
    const reading = (async () => {
      for await (const event of pool.submit(request, controller.signal)) events.push(event);
    })();
    while (engines[0]!.state === 'ready') await new Promise((resolve) => setImmediate(resolve));
    controller.abort();
    await reading;
    expect(events).toMatchObject([
      { kind: 'finish', reason: 'abort', statistics: { promptTokens: 64, generatedTokens: 0 } },
    ]);
  });

  it('does not run again what had a token, nor what has killed three engines', async () => {
    const { pool } = await poolOf([[started, round('a'), died()]]);
    await expect(collectText(pool.submit(request))).rejects.toMatchObject({ code: 'engine-died' });

    const poison = await poolOf([[died()]], [[died()]], [[died()]], [[died()]]);
    await expect(collectText(poison.pool.submit(request))).rejects.toMatchObject({ code: 'engine-died' });
    expect(poison.engines.map(({ requests }) => requests.length)).toEqual([1, 1, 1, 0]);
  });

  it('is as well as its best engine', async () => {
    const { pool, engines } = await poolOf([], []);
    engines[0]!.state = 'restarting';
    expect(pool.state).toBe('ready');
    engines[1]!.state = 'restarting';
    expect(pool.state).toBe('restarting');
    engines[0]!.state = 'failed';
    engines[1]!.state = 'failed';
    expect(pool.state).toBe('failed');
    await pool.close();
    await pool.close();
    expect(pool.state).toBe('closed');
    expect(engines.every(({ closed }) => closed)).toBe(true);
    await expect(collectText(pool.submit(request))).rejects.toMatchObject({ code: 'engine-closed' });
  });

  it('closes all when one could not be started', async () => {
    const opened: ScriptedEngine[] = [];
    const pool = new EnginePool({
      engines: 2,
      open: (index, onState) => {
        const engine = new ScriptedEngine([], onState);
        if (index === 1) engine.started = () => Promise.reject(new Error('no memory'));
        opened.push(engine);
        return engine;
      },
    });
    await expect(pool.start()).rejects.toThrow('no memory');
    expect(opened.map(({ closed }) => closed)).toEqual([true, true]);
  });

  it('lets a consumer leave in the middle', async () => {
    const { pool } = await poolOf([[started, round('a'), 'silence', finish]]);
    const events = pool.submit(request);
    await events.next();
    await events.next();
    const asked = events.next();
    await events.return();
    expect(await asked).toMatchObject({ value: { kind: 'finish' } });
  });
});
