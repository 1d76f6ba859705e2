import { describe, expect, it } from 'vitest';
import { randomAt } from '../sampling/counter-random.js';
import { type RoundLoad, RoundPrice } from './round-price.js';

/** As a model of 135M takes on two cores. */
const truth = ({ rows, sequences, context }: RoundLoad): number => 6.5 + 1.2 * rows + 0.5 * sequences + context / 400;

describe('RoundPrice', () => {
  it('learns what rows, sequences and context cost, from rounds of which some are slow', () => {
    let draw = 0;
    const random = (): number => randomAt({ seed: 7, stream: 0, position: 0, draw: draw++ });
    const price = new RoundPrice();
    for (let round = 0; round < 400; round++) {
      const sequences = 1 + Math.floor(8 * random());
      const rows = sequences + (random() < 0.3 ? 32 : Math.floor(8 * random()));
      const load = { rows, sequences, context: Math.floor(sequences * 2_000 * random()) };
      price.observe(load, truth(load) * (0.8 + 0.4 * random()) * (random() < 0.05 ? 3 : 1));
    }
    for (const load of [
      { rows: 1, sequences: 1, context: 100 },
      { rows: 8, sequences: 8, context: 2_000 },
      { rows: 40, sequences: 8, context: 4_000 },
      { rows: 1, sequences: 1, context: 8_000 },
    ]) {
      expect(price.of(load) / truth(load)).toBeGreaterThan(0.75);
      expect(price.of(load) / truth(load)).toBeLessThan(1.4);
    }
  });

  it('gives rows no room for free that it has not seen to be free', () => {
    const load = { rows: 1, sequences: 1, context: 100 };
    const unknown = new RoundPrice();
    expect(unknown.rowsWithin(load, 2 * unknown.of(load))).toBe(1);
    const alone = new RoundPrice();
    for (let round = 0; round < 300; round++) alone.observe(load, 10);
    expect(alone.of(load)).toBeCloseTo(10, 0);
    expect(alone.rowsWithin(load, 2 * alone.of(load))).toBeLessThan(5);
  });

  it('follows a machine that becomes slower, and takes no price below nothing', () => {
    const price = new RoundPrice();
    const single = { rows: 1, sequences: 1, context: 0 };
    const many = { rows: 9, sequences: 1, context: 0 };
    for (let round = 0; round < 300; round++) price.observe(round % 2 ? single : many, round % 2 ? 10 : 10);
    for (let round = 0; round < 900; round++) price.observe(round % 2 ? single : many, round % 2 ? 40 : 20);
    expect(price.of(many)).toBeGreaterThan(15);
    expect(price.of({ rows: 1_000, sequences: 1, context: 0 })).toBeGreaterThan(15);
    expect(price.rowsWithin(many, 0)).toBe(0);
  });
});
