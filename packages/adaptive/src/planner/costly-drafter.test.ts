import { expect, it } from 'vitest';
import { type CostlyAsk, CostlyDrafter, CostlyPrice, type CostlySituation } from './costly-drafter.js';
import type { MeanRound } from './yield.js';

const NOTHING: MeanRound = { tokens: 1, nodes: 0, passes: 0 };
const PROPOSAL = { drafter: 'model', tree: undefined, milliseconds: 3 };

/** A pass takes 10 ms, a guess 3, a token that is read 0.25, a row next to nothing. */
function setUp(round: MeanRound) {
  const price = new CostlyPrice();
  const drafter = new CostlyDrafter(price);
  const situation = (changes: Partial<CostlySituation> = {}): CostlySituation => ({
    remainingTokens: 200,
    contextLength: 20,
    free: NOTHING,
    usuallyFree: NOTHING,
    rate: 1,
    rateWithout: 1,
    extra: ({ nodes, passes }) => 0.01 * nodes + price.guess * passes,
    maximumDepth: 24,
    ...changes,
  });
  /** One round, as the planner drives it. */
  const step = (changes: Partial<CostlySituation> = {}, own = round): CostlyAsk | undefined => {
    const ask = drafter.ask(situation(changes));
    if (ask !== undefined) {
      drafter.asked({ ...PROPOSAL, milliseconds: 3 * own.passes }, own.passes, 10, 20);
      drafter.brought(own);
    }
    drafter.passed(ask === undefined ? 1 : Math.round(own.tokens));
    return ask;
  };
  return { step, price, drafter, situation };
}

it('is not given up for a slow first pass, and tried again by a later text where many have ended before their wait', () => {
  const slow = setUp({ tokens: 3.5, nodes: 4, passes: 4 });
  slow.drafter.read(40, 60);
  slow.drafter.asked({ ...PROPOSAL, milliseconds: 900 }, 3, 10, 20);
  expect(slow.drafter.readsAhead(slow.situation({ contextLength: 150, remainingTokens: 100 }))).toBe(true);
  const { price, situation } = setUp({ tokens: 3.5, nodes: 4, passes: 4 });
  for (let i = 0; i < 30; i++) price.observeReading(80, 40);
  const text = situation({ contextLength: 200, remainingTokens: 96 });
  const read = Array.from({ length: 24 }, () => {
    const drafter = new CostlyDrafter(price);
    const ahead = drafter.readsAhead(text);
    if (ahead) drafter.read(200, 6);
    drafter.passed(96);
    return ahead;
  });
  expect(read.indexOf(true)).toBeLessThanOrEqual(13);
  expect(read.filter(Boolean).length).toBeLessThan(4);
});

it('is asked while its rounds bring more than their time is worth', () => {
  const { step } = setUp({ tokens: 3.5, nodes: 4, passes: 4 });
  expect(Array.from({ length: 40 }, () => step()).every((ask) => ask !== undefined)).toBe(true);
});

it('is not asked where free guesses bring as much, and goes less far where tokens come fast anyway', () => {
  const { step } = setUp({ tokens: 3.5, nodes: 4, passes: 4 });
  for (let i = 0; i < 10; i++) step();
  expect(step({ free: { tokens: 3.4, nodes: 4, passes: 0 } })).toBeUndefined();
  step();
  const slow = step({ rate: 1 })?.minimumParent ?? 1;
  const fast = step({ rate: 1.6 })?.minimumParent ?? 0;
  expect(fast).toBeGreaterThan(slow);
});

it('is tried again after bounded waits where it does not pay', () => {
  const { step } = setUp({ tokens: 1.1, nodes: 4, passes: 4 });
  const asked = Array.from({ length: 1500 }, () => step() !== undefined);
  const late = asked.slice(200);
  expect(late.filter(Boolean).length).toBeLessThan(16);
  const gaps = late
    .join()
    .split('true')
    .map((gap) => gap.split('false').length);
  expect(Math.max(...gaps)).toBeLessThanOrEqual(258);
});

it('reads a long text only when enough is left to write', () => {
  const round = { tokens: 3.5, nodes: 4, passes: 4 };
  const long = { contextLength: 4000 };
  expect(setUp(round).step({ ...long, remainingTokens: 4 })).toBeUndefined();
  const { step } = setUp(round);
  const asks = Array.from({ length: 6 }, () => step({ ...long, remainingTokens: 250 }));
  expect(asks.some((ask) => ask !== undefined)).toBe(true);
});

it('reads ahead for an answer that is long enough, and then guesses from the first round on', () => {
  const { step, drafter, situation } = setUp({ tokens: 3.5, nodes: 4, passes: 4 });
  expect(drafter.readsAhead(situation({ contextLength: 4000, remainingTokens: 4 }))).toBe(false);
  expect(drafter.readsAhead(situation({ contextLength: 4000, remainingTokens: 250 }))).toBe(true);
  drafter.read(256, 6.4);
  expect(step({ contextLength: 4000, remainingTokens: 250 })).toBeDefined();
});
