import { ForwardFailedError, InvalidArgumentError } from '@foretoken/core';
import { expect, it, vi } from 'vitest';
import { round } from '../openai/testing/scripted-engine.js';
import { EngineHost, type HostedEngine } from './engine-host.js';
import { CREDIT, type FromEngine, MESSAGES_VERSION } from './process-messages.js';
import { engineSettings } from './testing/requests.js';
import { DESCRIPTION, report } from './testing/scripted-child.js';
import type { TextEvent } from './text-engine.js';

const finish = { kind: 'finish', reason: 'abort', text: '', statistics: {} } as TextEvent;
const start = { kind: 'start', version: MESSAGES_VERSION, settings: engineSettings() } as const;
const submit = { kind: 'submit', request: 0, text: { id: 'r', prompt: Int32Array.of(1), sampling: {} } } as const;
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** An engine that gives tokens until its signal is aborted. */
function endless(): HostedEngine {
  return {
    description: DESCRIPTION,
    addon: '/cache/addon.node',
    async *submit(_, signal) {
      while (!signal?.aborted) yield round('a');
      yield finish;
    },
    processSnapshot: () => ({ index: 0, state: 'ready', processId: 1, restarts: 0, ...report(0) }),
    close: async () => {},
  };
}

function host(load: () => Promise<HostedEngine> = async () => endless()) {
  const sent: FromEngine[] = [];
  const ends: number[] = [];
  /** Messages that are not out yet. */
  const held: (() => void)[] = [];
  const hearts: (string | undefined)[] = [];
  const made = new EngineHost({
    load,
    send: (message, out) => {
      sent.push(message);
      if (out !== undefined) held.push(out);
    },
    startHeartbeat: (addon) => hearts.push(addon),
    end: (code) => ends.push(code),
  });
  return { host: made, sent, ends, held, hearts };
}

it('does not answer to another version', () => {
  const { host: made, sent, ends } = host();
  made.receive({ ...start, version: MESSAGES_VERSION + 1 });
  expect(ends).toEqual([1]);
  expect(sent).toEqual([]);
});

it('says why it can not load before it ends', async () => {
  const { host: made, sent, ends, held } = host(() => Promise.reject(new InvalidArgumentError('odd', { depth: 0 })));
  made.receive(start);
  await settle();
  expect(sent).toMatchObject([{ kind: 'failed', error: { code: 'invalid-argument', details: { depth: 0 } } }]);
  expect(ends).toEqual([]);
  held[0]?.();
  expect(ends).toEqual([1]);
});

it('ends its process when the GPU is lost, without an answer to what had no token', async () => {
  const error = Object.assign(new Error('unspecified launch failure'), { code: 'gpu-lost' });
  const failing: HostedEngine = {
    ...endless(),
    // biome-ignore lint/correctness/useYield: it fails before there is anything
    async *submit() {
      throw new ForwardFailedError(1, error);
    },
  };
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const { host: made, sent, ends } = host(async () => failing);
  made.receive(start);
  await settle();
  made.receive(submit);
  await settle();
  expect(ends).toEqual([1]);
  expect(sent.map(({ kind }) => kind)).toEqual(['ready']);
});

it('ends after loading when it was told to close meanwhile', async () => {
  const close = vi.fn(async () => {});
  const { host: made, sent, ends, hearts } = host(async () => ({ ...endless(), close }));
  made.receive(start);
  made.receive({ kind: 'close' });
  await settle();
  expect(close).toHaveBeenCalledTimes(1);
  expect(ends).toEqual([0]);
  expect(sent).toEqual([]);
  expect(hearts).toEqual([]);
});

it('sends no more than is read, and what is left after an abort', async () => {
  const { host: made, sent, ends, hearts } = host();
  const events = (): number => sent.filter(({ kind }) => kind === 'event').length;
  made.receive(start);
  await settle();
  made.receive(submit);
  await settle();
  expect(hearts).toEqual(['/cache/addon.node']);
  expect(events()).toBe(CREDIT);
  made.receive({ kind: 'read', request: 0, events: 3 });
  await settle();
  expect(events()).toBe(CREDIT + 3);
  made.receive({ kind: 'abort', request: 0 });
  await settle();
  expect(sent.slice(-2)).toMatchObject([{ kind: 'alive' }, { kind: 'event', event: { kind: 'finish' } }]);
  made.receive({ kind: 'close' });
  await settle();
  expect(ends).toEqual([0]);
});

it('lets no signs of life pile up when nobody reads them', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  try {
    const { host: made, sent, held } = host();
    made.receive(start);
    await settle();
    vi.advanceTimersByTime(10_000);
    expect(sent.filter(({ kind }) => kind === 'alive')).toHaveLength(1);
    held[0]?.();
    vi.advanceTimersByTime(10_000);
    expect(sent.filter(({ kind }) => kind === 'alive')).toHaveLength(2);
    made.receive({ kind: 'close' });
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});
