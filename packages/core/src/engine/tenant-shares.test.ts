import { describe, expect, it } from 'vitest';
import { type RoundLoad, RoundPrice } from './round-price.js';
import { type Sharer, tenantShares } from './tenant-shares.js';

interface TestSharer extends Sharer {
  lastRound: number;
}

let number = 0;
const request = (tenant: string, { unprefilled = 0, cached = 0 } = {}): TestSharer => ({
  tenant,
  number: number++,
  unprefilled,
  cached,
  lastRound: 0,
});
const several = (count: number, tenant: string, state = {}): TestSharer[] =>
  Array.from({ length: count }, () => request(tenant, state));

/** A machine on which a round costs so much in any case, and 1 a row. */
function priceOf(fixed: number, context = 0): RoundPrice {
  const price = new RoundPrice();
  const loads: RoundLoad[] = [1, 8, 32, 1, 4].flatMap((rows) => [
    { rows, sequences: 1, context: 0 },
    { rows, sequences: 2, context: 4_096 },
  ]);
  for (let round = 0; round < 40; round++) {
    for (const load of loads) price.observe(load, fixed + load.rows + context * load.context);
  }
  return price;
}

const loadOf = ({ decoders, prefills }: ReturnType<typeof tenantShares<TestSharer>>): RoundLoad => {
  const tasks = [...decoders, ...prefills.keys()];
  return {
    rows: decoders.length + [...prefills.values()].reduce((sum, rows) => sum + rows, 0),
    sequences: tasks.length,
    context: tasks.reduce((sum, { cached }) => sum + cached, 0),
  };
};

describe('tenantShares', () => {
  it.each([
    { name: 'many requests', heavy: several(7, 'heavy') },
    { name: 'long prompts', heavy: several(7, 'heavy', { unprefilled: 2_000 }) },
    { name: 'long contexts', heavy: several(7, 'heavy', { cached: 4_096 }) },
    {
      name: 'all of that',
      heavy: [...several(4, 'heavy', { cached: 4_096 }), ...several(3, 'heavy', { unprefilled: 500 })],
    },
  ])('makes no round more than twice as long for one tenant with $name', ({ heavy }) => {
    for (const fixed of [0, 4, 20]) {
      const price = priceOf(fixed, 0.001);
      const light = request('light', { cached: 200 });
      const shares = tenantShares([...heavy, light], { price, prefillTokens: 32 });
      expect(shares.decoders).toContain(light);
      const guesses = [...shares.mostGuesses]
        .filter(([{ tenant }]) => tenant === 'heavy')
        .reduce((sum, [, most]) => sum + most, 0);
      const load = loadOf(shares);
      const alone = price.of({ rows: 1, sequences: 1, context: light.cached });
      const least = price.of({ rows: 1 + 4, sequences: 2, context: light.cached + 4_096 });
      expect(price.of({ ...load, rows: load.rows + guesses })).toBeLessThanOrEqual(Math.max(2.05 * alone, least));
      expect(load.sequences).toBeGreaterThanOrEqual(2);
    }
  });

  it('uses what rows cost nothing: with a high fixed price all decode', () => {
    const tasks = [...several(7, 'heavy'), request('light')];
    expect(tenantShares(tasks, { price: priceOf(100), prefillTokens: 32 }).decoders).toHaveLength(8);
  });

  it('lets the requests of a heavy tenant take turns, decoding and reading', () => {
    const heavy = [...several(4, 'heavy'), ...several(3, 'heavy', { unprefilled: 1_000 })];
    const light = request('light');
    const rounds = new Map<TestSharer, number>();
    for (let round = 1; round <= 70; round++) {
      const { decoders, prefills } = tenantShares([...heavy, light], { price: priceOf(3), prefillTokens: 32 });
      for (const task of [...decoders, ...prefills.keys()]) {
        task.lastRound = round;
        rounds.set(task, (rounds.get(task) ?? 0) + 1);
      }
    }
    expect(rounds.get(light)).toBe(70);
    const turns = heavy.map((task) => rounds.get(task) ?? 0);
    expect(Math.min(...turns)).toBeGreaterThan(10);
  });

  it('reads prompts of all tenants at a time', () => {
    const tasks = [request('a'), request('b', { unprefilled: 900 }), request('c', { unprefilled: 900 })];
    const { prefills } = tenantShares(tasks, { price: priceOf(100), prefillTokens: 32 });
    expect([...prefills.values()]).toEqual([16, 16]);
  });
});
