import { type Planner, planner } from '@foretoken/adaptive';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../seeded-random.js';
import { MACHINES } from './machines.js';
import { CONTENTS, type Content } from './scenarios.js';
import { simulate, simulatedText } from './simulate.js';

const KINDS = CONTENTS.slice(0, 12);
const TOKENS = 400;
const ORDERS = 10;
const { cpu } = MACHINES;
const CALIBRATION = [1, 2, 4, 8, 16, 32].map((tokens) => ({ tokens, milliseconds: cpu.forward(tokens) }));

/** How many times as fast as standard decoding a text is; with a busy loop beside it both are slowed down alike. */
function speedup(shared: Planner, { drafters }: Content, seed: number, busy: boolean): number {
  const random = seededRandom(seed);
  let [slowed, rounds] = [0, 0];
  const { milliseconds } = simulate(shared.forSequence(), {
    ...{ drafters, text: simulatedText(drafters, TOKENS, 3), machine: cpu, seed },
    disturbance: () => {
      const slow = busy ? 1 + 2 * random() : 1;
      slowed += slow;
      rounds++;
      return { forward: slow, draft: slow };
    },
  });
  return (TOKENS * cpu.forward(1) * (slowed / rounds)) / milliseconds;
}

function shuffled<T>(items: readonly T[], seed: number): T[] {
  const random = seededRandom(seed);
  return items
    .map((item) => ({ item, place: random() }))
    .sort((one, other) => one.place - other.place)
    .map(({ item }) => item);
}

const alone = new Map(KINDS.map((kind) => [kind, speedup(planner({ calibration: CALIBRATION }), kind, 1, false)]));

describe('twelve kinds of text one after the other, in ten random orders', () => {
  it('has several kinds that gain by guessing when they are alone', () => {
    expect([...alone.values()].filter((gain) => gain >= 1.3).length).toBeGreaterThanOrEqual(6);
  });

  it.each(Array.from({ length: ORDERS }, (_, order) => ({ order, busy: order >= ORDERS - 2 })))(
    'takes no gain away in order $order, with a busy loop beside the first two texts: $busy',
    ({ order, busy }) => {
      const shared = planner({ calibration: CALIBRATION });
      for (const [place, kind] of shuffled(KINDS, order + 1).entries()) {
        const gain = speedup(shared, kind, order * KINDS.length + place, busy && place < 2);
        if ((alone.get(kind) ?? 0) >= 1.3) expect(gain, kind.name).toBeGreaterThanOrEqual(1.1);
      }
    },
  );
});
