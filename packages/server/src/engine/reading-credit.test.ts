import { describe, expect, it } from 'vitest';
import { ReadingCredit } from './reading-credit.js';

const settled = async (promise: Promise<void>): Promise<boolean> => {
  let done = false;
  void promise.then(() => {
    done = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  return done;
};

describe('ReadingCredit', () => {
  it('lets so many pass, then one for each that was read', async () => {
    const credit = new ReadingCredit(2, new AbortController().signal);
    await credit.take();
    await credit.take();
    const third = credit.take();
    expect(await settled(third)).toBe(false);
    credit.add(2);
    await third;
    await credit.take();
    expect(await settled(credit.take())).toBe(false);
  });

  it('holds nothing back after an abort', async () => {
    const controller = new AbortController();
    const credit = new ReadingCredit(0, controller.signal);
    const first = credit.take();
    expect(await settled(first)).toBe(false);
    controller.abort();
    await first;
    await credit.take();
  });
});
