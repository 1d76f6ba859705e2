import { planner } from '@foretoken/adaptive';
import { describe, expect, it } from 'vitest';
import { confident, independent, regimes } from './guessability.js';
import { MACHINES } from './machines.js';
import { type Simulation, simulate, simulatedText } from './simulate.js';

const model = { guesses: confident((chance) => chance), price: { round: 0.02, token: 0.06 } };
const CONTENTS: Readonly<Record<string, Simulation['drafters']>> = {
  'lookup, steady': { lookup: { guesses: independent(0.7) } },
  'lookup in passages, and a draft model': { lookup: { guesses: regimes([0.05, 0.95], 300) }, model },
};

/** The round that a disturbance begins with. */
const BEGIN = 150;
const MINUTE = 60_000;

/** How much longer a round takes than it would. */
const DISTURBANCES: Readonly<Record<string, NonNullable<Simulation['disturbance']>>> = {
  'one forward 50 times as slow': (round) => ({ forward: round === BEGIN ? 50 : 1, draft: 1 }),
  'ten forwards in a row 50 times as slow': (round) => ({
    forward: round >= BEGIN && round < BEGIN + 10 ? 50 : 1,
    draft: 1,
  }),
  'one draft 50 times as slow': (round) => ({ forward: 1, draft: round === BEGIN ? 50 : 1 }),
  'ten drafts in a row 50 times as slow': (round) => ({
    forward: 1,
    draft: round >= BEGIN && round < BEGIN + 10 ? 50 : 1,
  }),
  'a minute of doubled times': (_round, milliseconds) => {
    const slow = milliseconds >= 2000 && milliseconds < 2000 + MINUTE ? 2 : 1;
    return { forward: slow, draft: slow };
  },
};

/** Tokens after a disturbance by which plans must be as if there had been none, and those over which that is looked at. */
const RECOVERED = 64;
const WINDOW = 400;

describe.each(Object.entries(CONTENTS))('%s', (_, drafters) => {
  it.each(Object.entries(DISTURBANCES))('%s leaves plans as they were', (_name, disturbance) => {
    const text = simulatedText(drafters, 5000, 7);
    const { forward } = MACHINES.cpu;
    const calibration = [1, 2, 4, 8, 16, 32].map((tokens) => ({ tokens, milliseconds: forward(tokens) }));
    const run = (slowdown: Simulation['disturbance']) => {
      const rounds: { readonly position: number; readonly depth: number; readonly slow: boolean }[] = [];
      let isSlow = false;
      simulate(planner({ calibration }).forSequence(), {
        ...{ drafters, text, machine: MACHINES.cpu, seed: 7 },
        disturbance: (round, milliseconds) => {
          const slow = slowdown?.(round, milliseconds) ?? { forward: 1, draft: 1 };
          isSlow = slow.forward + slow.draft > 2;
          return slow;
        },
        onRound: ({ position, plan }) =>
          void rounds.push({ position, depth: plan.kind === 'standard' ? 0 : plan.depth, slow: isSlow }),
      });
      return rounds;
    };
    const disturbed = run(disturbance);
    const end = disturbed.findLast(({ slow }) => slow)?.position ?? 0;
    expect(end).toBeGreaterThan(0);
    const meanDepth = (rounds: ReturnType<typeof run>): number => {
      const from = end + RECOVERED;
      const window = rounds.filter(({ position }) => position > from && position <= from + WINDOW);
      expect(window.length).toBeGreaterThan(20);
      return window.reduce((sum, { depth }) => sum + depth, 0) / window.length;
    };
    const [after, without] = [meanDepth(disturbed), meanDepth(run(undefined))];
    expect(Math.abs(after - without)).toBeLessThan(0.1 * without + 0.1);
  });
});
