import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeSources } from './merge-sources.js';

async function* source(values: readonly number[], end: { ended: number } = { ended: 0 }): AsyncGenerator<number> {
  try {
    for (const value of values) {
      await Promise.resolve();
      yield value;
    }
  } finally {
    end.ended++;
  }
}

describe('mergeSources', () => {
  it('gives every value once, each source in its own order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(fc.nat()), { maxLength: 6 }), async (lists) => {
        const merged: number[][] = lists.map(() => []);
        const sources = lists.map((list) => source(list));
        for await (const { index, value } of mergeSources(sources, () => {})) merged[index]!.push(value);
        expect(merged).toEqual(lists);
      }),
    );
  });

  it('starves no source', async () => {
    const sources = [source([0, 0, 0, 0]), source([1, 1, 1, 1])];
    const order = [];
    for await (const { index } of mergeSources(sources, () => {})) order.push(index);
    expect(Math.abs(order.indexOf(1) - order.indexOf(0))).toBeLessThan(3);
    expect(Math.abs(order.lastIndexOf(1) - order.lastIndexOf(0))).toBeLessThan(3);
  });

  it('stops the others when one throws, and when it is left', async () => {
    const end = { ended: 0 };
    let stopped = 0;
    let stop = (): void => {};
    async function* stuck(): AsyncGenerator<number> {
      try {
        await new Promise<void>((resolve) => {
          stop = () => {
            stopped++;
            resolve();
          };
        });
      } finally {
        end.ended++;
      }
    }
    async function* broken(): AsyncGenerator<number> {
      yield 1;
      throw new Error('broken');
    }
    const failing = (async () => {
      for await (const _ of mergeSources([stuck(), broken()], () => stop()));
    })();
    await expect(failing).rejects.toThrow('broken');
    expect([end.ended, stopped]).toEqual([1, 1]);
    for await (const _ of mergeSources([stuck(), source([1, 2], end)], () => stop())) break;
    expect([end.ended, stopped]).toEqual([3, 2]);
  });
});
