import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { round } from '../openai/testing/scripted-engine.js';
import { EngineProcess } from './engine-process.js';
import { CREDIT, type FromEngine, MESSAGES_VERSION } from './process-messages.js';
import { engineSettings } from './testing/requests.js';
import { DESCRIPTION, report, ScriptedChildren } from './testing/scripted-child.js';
import type { EngineState, TextEvent, TextRequest } from './text-engine.js';

const request: TextRequest = { id: 'r', prompt: Int32Array.of(1), sampling: {} };
const finish = { kind: 'finish', reason: 'stop', text: '', statistics: {} } as TextEvent;
const never = new AbortController().signal;
const message = 'model-file-missing';
const failure: FromEngine = { kind: 'failed', error: { name: 'ForetokenError', message, code: message, details: {} } };

let children: ScriptedChildren;
let states: EngineState[];
let log: string[];

beforeEach(() => {
  vi.useFakeTimers();
  children = new ScriptedChildren();
  states = [];
  log = [];
});

afterEach(() => {
  // Whatever was closed or has failed must have left nothing behind.
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

const open = () =>
  new EngineProcess({
    index: 3,
    settings: engineSettings({ watchdog: 4_000 }),
    launch: children.launch,
    onState: (state) => states.push(state),
    onLog: ({ text }) => log.push(text),
    loadLimit: 10_000,
  });

/** Closes an engine whose process does what it is told. */
async function close(engine: EngineProcess): Promise<void> {
  const closed = engine.close();
  children.die({ kind: 'exit', code: 0, signal: null });
  await closed;
}

describe('EngineProcess', () => {
  it('is started with its settings and a version, and is ready when it says so', async () => {
    const engine = open();
    expect(engine.state).toBe('starting');
    expect(children.received).toEqual([
      { kind: 'start', version: MESSAGES_VERSION, settings: expect.objectContaining({ watchdog: 4_000 }) },
    ]);
    expect(() => engine.submit(request, never)).toThrow(expect.objectContaining({ code: 'engine-unavailable' }));
    children.ready();
    expect(await engine.started()).toEqual(DESCRIPTION);
    expect(engine.snapshot()).toMatchObject({
      index: 3,
      state: 'ready',
      processId: 1,
      restarts: 0,
      residentBytes: 1000,
    });
    await close(engine);
    expect(states).toEqual(['ready', 'closed']);
    expect(children.received.at(-1)).toEqual({ kind: 'close' });
  });

  it('fails for good with its own reason when it never was ready', async () => {
    const engine = open();
    children.say(failure);
    children.die();
    await expect(engine.started()).rejects.toMatchObject({ code: message });
    expect(engine.state).toBe('failed');
    expect(children.children).toHaveLength(1);
  });

  it('fails for good after three starts that ended without a reason', async () => {
    const engine = open();
    for (const delay of [100, 200]) {
      children.die({ kind: 'exit', code: null, signal: 'SIGSEGV' });
      expect(engine.state).toBe('starting');
      vi.advanceTimersByTime(delay);
    }
    expect(children.children).toHaveLength(3);
    children.die({ kind: 'exit', code: null, signal: 'SIGSEGV' });
    await expect(engine.started()).rejects.toMatchObject({ code: 'engine-start-failed', details: { attempts: 3 } });
    expect(engine.state).toBe('failed');
  });

  it('keeps trying once it had been ready, with growing delays, and adds up what its processes counted', async () => {
    const engine = open();
    children.ready(report(5, 1));
    children.die();
    for (const delay of [100, 200, 400, 800, 1600]) {
      expect(engine.state).toBe('restarting');
      vi.advanceTimersByTime(delay - 1);
      const before = children.children.length;
      vi.advanceTimersByTime(1);
      expect(children.children).toHaveLength(before + 1);
      children.say(failure);
      children.die();
    }
    vi.advanceTimersByTime(3200);
    expect(engine.snapshot().statistics).toMatchObject({
      running: 0,
      kvCapacity: 50,
      totals: { finished: 5, failed: 1 },
    });
    children.ready(report(2));
    expect(engine.state).toBe('ready');
    const { statistics, restarts } = engine.snapshot();
    expect(restarts).toBe(6);
    expect(statistics.totals).toMatchObject({ submitted: 8, finished: 7, failed: 1 });
    expect(statistics.totals).toMatchObject({ rounds: 7, acceptedPerDepth: [7], plans: { standard: 7 } });
    expect(log.join('\n')).toContain('could not be started: model-file-missing');
    await close(engine);
  });

  it('waits little again once it has worked', async () => {
    const engine = open();
    for (let life = 0; life < 5; life++) {
      children.ready();
      const events = engine.submit(request, never)[Symbol.asyncIterator]();
      children.say({ kind: 'event', request: 0, event: round('a') });
      expect((await events.next()).value).toEqual(round('a'));
      children.die();
      await expect(events.next()).rejects.toMatchObject({ code: 'engine-died' });
      vi.advanceTimersByTime(100);
    }
    expect(children.children).toHaveLength(6);
    await close(engine);
  });

  it('is killed when it is silent, not while it speaks', async () => {
    const engine = open();
    children.ready();
    for (let second = 0; second < 20; second++) {
      vi.advanceTimersByTime(1_000);
      children.say({ kind: 'alive', report: report(second) });
    }
    // In a long pass it has no time for messages.
    for (let second = 0; second < 20; second++) {
      vi.advanceTimersByTime(1_000);
      children.beat();
    }
    const lost = expect(engine.submit(request, never)[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: 'engine-died',
      details: { kind: 'silent', milliseconds: 4_000 },
    });
    const [child] = children.children;
    await vi.advanceTimersByTimeAsync(3_999);
    expect(child?.killed).toBe(false);
    await vi.advanceTimersByTimeAsync(1_100);
    expect(child?.killed).toBe(true);
    await lost;
    expect(engine.state).toBe('restarting');
    await close(engine);
  });

  it('may take long to load as long as it makes progress', async () => {
    const engine = open();
    for (let step = 0; step < 5; step++) {
      vi.advanceTimersByTime(9_000);
      children.say({ kind: 'loading', step: `part ${step}` });
      children.say({ kind: 'alive', report: report(0) });
    }
    vi.advanceTimersByTime(10_000);
    expect(children.children[0]?.killed).toBe(true);
    expect(log.join()).toContain('had not loaded its model after 10000 ms');
    await close(engine);
  });

  it('ends a process that speaks another version', async () => {
    const engine = open();
    children.say({ kind: 'ready', version: MESSAGES_VERSION + 1 } as { kind: string });
    await expect(engine.started()).rejects.toMatchObject({ code: 'engine-start-failed' });
    expect(children.children[0]?.killed).toBe(true);
  });

  it('passes aborts on, and tells what was read so that more may come', async () => {
    const engine = open();
    children.ready();
    const controller = new AbortController();
    const events = engine.submit(request, controller.signal)[Symbol.asyncIterator]();
    for (let count = 0; count < CREDIT; count++) children.say({ kind: 'event', request: 0, event: round('a') });
    expect(children.received.filter(({ kind }) => kind === 'read')).toEqual([]);
    for (let count = 0; count < CREDIT; count++) await events.next();
    const read = children.received.flatMap((sent) => (sent.kind === 'read' ? [sent.events] : []));
    expect(read.reduce((sum, events) => sum + events, 0)).toBe(CREDIT);
    expect(read.length).toBeLessThan(CREDIT);
    controller.abort();
    expect(children.received.at(-1)).toEqual({ kind: 'abort', request: 0 });
    expect(engine.load).toBe(1);
    children.say({ kind: 'event', request: 0, event: finish });
    expect(engine.load).toBe(0);
    expect((await events.next()).value).toEqual(finish);
    expect(await events.next()).toEqual({ done: true, value: undefined });
    await close(engine);
  });

  it('tells the process when a consumer leaves, and gives what was received before an error', async () => {
    const engine = open();
    children.ready();
    const left = engine.submit(request, never)[Symbol.asyncIterator]();
    await left.return?.();
    expect(children.received.at(-1)).toEqual({ kind: 'abort', request: 0 });
    expect(engine.load).toBe(0);
    children.say({ kind: 'event', request: 0, event: round('a') });
    expect(await left.next()).toMatchObject({ done: true });

    const failing = engine.submit(request, never)[Symbol.asyncIterator]();
    children.say({ kind: 'event', request: 1, event: round('a') });
    const error = {
      name: 'QueueFullError',
      message: 'full',
      code: 'queue-full',
      details: { queue: 1, retryAfterSeconds: 9 },
    };
    children.say({ kind: 'error', request: 1, error });
    expect((await failing.next()).value).toEqual(round('a'));
    await expect(failing.next()).rejects.toMatchObject({ code: 'queue-full', retryAfterSeconds: 9 });
    await close(engine);
  });

  it('closes whatever it does: running, waiting to be started again, loading', async () => {
    const running = open();
    children.ready();
    const events = running.submit(request, never)[Symbol.asyncIterator]().next();
    const closed = running.close();
    await expect(events).rejects.toMatchObject({ code: 'engine-closed' });
    // It does not answer.
    await vi.advanceTimersByTimeAsync(5_000);
    await closed;
    expect(children.children[0]?.killed).toBe(true);
    expect(() => running.submit(request, never)).toThrow(expect.objectContaining({ code: 'engine-closed' }));

    const waiting = open();
    children.ready();
    children.die();
    await waiting.close();

    const loading = open();
    const gone = loading.close();
    await vi.advanceTimersByTimeAsync(0);
    await gone;
    await expect(loading.started()).rejects.toMatchObject({ code: 'engine-closed' });
  });
});
