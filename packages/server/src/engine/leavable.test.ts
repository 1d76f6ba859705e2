import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { leavable } from './leavable.js';

/** Gives 1, then nothing until its signal is aborted, then 2. */
async function* untilAborted(signal: AbortSignal, log: string[] = []): AsyncGenerator<number, void, undefined> {
  try {
    yield 1;
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve());
    });
    yield 2;
  } finally {
    log.push('ended');
  }
}

describe('leavable', () => {
  it('can be left while an event is waited for that would not come', async () => {
    const log: string[] = [];
    const events = leavable((signal) => untilAborted(signal, log));
    expect(await events.next()).toEqual({ done: false, value: 1 });
    const asked = events.next();
    expect(await events.return()).toMatchObject({ done: true });
    expect(await asked).toEqual({ done: false, value: 2 });
    expect(log).toEqual(['ended']);
    expect(await events.next()).toMatchObject({ done: true });
  });

  it('follows the signal of the caller, aborted before or later, and lets it go at the end', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const seen: number[] = [];
    for await (const event of leavable((either) => untilAborted(either), signal)) {
      seen.push(event);
      expect(getEventListeners(signal, 'abort')).toHaveLength(seen.length === 1 ? 1 : 0);
      controller.abort();
    }
    for await (const event of leavable((either) => untilAborted(either), signal)) seen.push(event);
    expect(seen).toEqual([1, 2, 1, 2]);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('passes errors on, of either side', async () => {
    const failing = leavable(async function* (): AsyncGenerator<number, void, undefined> {
      yield 1;
      throw new Error('broken');
    });
    await failing.next();
    await expect(failing.next()).rejects.toThrow('broken');
    const events = leavable((signal) => untilAborted(signal));
    await events.next();
    await expect(events.throw(new Error('mine'))).rejects.toThrow('mine');
    expect(await events.next()).toMatchObject({ done: true });
  });
});
