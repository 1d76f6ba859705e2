import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../seeded-random.js';
import { generateLoad } from './generate-load.js';

const random = seededRandom(1, 'test');

describe('generateLoad', () => {
  it('keeps as many requests under way as a closed load says, and no more', async () => {
    let running = 0;
    const seen = new Set<number>();
    const { results } = await generateLoad({
      load: { kind: 'closed', concurrency: 3 },
      requests: 20,
      random,
      send: async (index) => {
        seen.add(++running);
        await wait(index % 3);
        running--;
        return index;
      },
    });
    expect(results).toEqual(Array.from({ length: 20 }, (_, index) => index));
    expect(Math.max(...seen)).toBe(3);
  });

  it('sends by the clock in an open load, whatever is still under way', async () => {
    const sent: number[] = [];
    let release: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { results } = await generateLoad({
      load: { kind: 'open', requestsPerSecond: 1000 },
      requests: 30,
      random,
      send: async (index) => {
        sent.push(index);
        if (sent.length === 30) release();
        await gate;
        return index;
      },
    });
    expect(results).toHaveLength(30);
  });

  it.each([{ kind: 'closed', concurrency: 2 } as const, { kind: 'open', requestsPerSecond: 500 } as const])(
    'stops sending after its duration and waits for the rest: $kind',
    async (load) => {
      let now = 0;
      let ended = 0;
      const { results, milliseconds } = await generateLoad({
        load,
        duration: 100,
        random,
        now: () => now,
        send: async () => {
          now += 30;
          await wait(1);
          ended++;
        },
      });
      expect(results).toHaveLength(4);
      expect(ended).toBe(4);
      expect(milliseconds).toBe(120);
    },
  );

  it('needs a limit and passes failures on', async () => {
    const load = { kind: 'closed', concurrency: 1 } as const;
    await expect(generateLoad({ load, random, send: async () => 1 })).rejects.toThrow('number or a duration');
    const send = async (): Promise<never> => {
      throw new Error('no route');
    };
    await expect(generateLoad({ load, random, requests: 2, send })).rejects.toThrow('no route');
    const open = { kind: 'open', requestsPerSecond: 1000 } as const;
    await expect(generateLoad({ load: open, random, requests: 3, send })).rejects.toThrow('no route');
  });
});
