import type { DepthOutcome, RoundOutcome } from '@foretoken/core';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../testing/random.js';
import { AcceptanceEstimate } from './acceptance-estimate.js';
import { ChangeDetector } from './change-detector.js';
import { ConfidenceMap } from './confidence-map.js';
import { CostEstimate } from './cost-estimate.js';
import { DraftCost } from './draft-cost.js';
import { FollowingCost } from './following-cost.js';
import { Persistence } from './persistence.js';
import { RowBesidePrompt } from './row-beside-prompt.js';

const unknown = () => ({ proposed: 1, accepted: 0.6 });

/** A chain of which each guess is right with `chance(depth)`, cut below the minimum. */
function round(options: {
  random: () => number;
  depth: number;
  chance: (depth: number) => number;
  confidence?: (depth: number) => number;
  minimumConfidence?: number;
}): RoundOutcome {
  const { random, depth, chance, confidence, minimumConfidence = 0 } = options;
  const perDepth: DepthOutcome[] = [];
  let [accepted, path] = [0, 1];
  for (let d = 0; d < depth; d++) {
    const said = confidence?.(d);
    path *= said ?? 1;
    if (path < minimumConfidence) break;
    const judged = accepted === d;
    const right = judged && random() < chance(d);
    perDepth.push({ drafted: 1, accepted: right, ...(judged && said !== undefined ? { confidence: said } : {}) });
    if (right) accepted++;
  }
  const plan = { kind: 'speculate', drafter: 'a', depth, width: 1, nodes: depth, minimumConfidence } as const;
  const milliseconds = { draft: 0, forward: 1, verify: 0 };
  const rest = { drafted: perDepth.length, accepted, emitted: accepted + 1, activeSequences: 1, contextLength: 1 };
  return { plan, perDepth, milliseconds, ...rest };
}

describe('AcceptanceEstimate', () => {
  it('finds the acceptance of every depth, though deep guesses are seldom judged', () => {
    const truth = [0.8, 0.6, 0.9, 0.4];
    const estimate = new AcceptanceEstimate({ window: 3000, floor: 0 });
    const random = seededRandom(1);
    for (let n = 0; n < 6000; n++) {
      estimate.observe(round({ random, depth: 4, chance: (d) => truth[d] ?? 0 }));
    }
    for (const [depth, { proposed, accepted }] of estimate.forecast(4, 0, unknown).entries()) {
      expect(proposed).toBeCloseTo(1, 2);
      expect(accepted).toBeGreaterThan((truth[depth] ?? 0) - 0.04);
      expect(accepted).toBeLessThan((truth[depth] ?? 0) + 0.04);
    }
  });

  it('tells of every higher minimum what asking for it would have shown, and of a lower one nothing', () => {
    const random = seededRandom(2);
    const fresh = (): AcceptanceEstimate => new AcceptanceEstimate({ window: 3000, floor: 0 });
    const [replayed, asked, low] = [fresh(), fresh(), fresh()];
    const confidence = (d: number): number => [0.9, 0.5, 0.9][d] ?? 0;
    for (let n = 0; n < 3000; n++) {
      const usual = { random, depth: 3, chance: confidence, confidence };
      replayed.observe(round(usual));
      asked.observe(round({ ...usual, minimumConfidence: 0.6 }));
    }
    low.observe(round({ random, depth: 3, chance: () => 1, confidence, minimumConfidence: 0.6 }));
    const level = asked.levelOf(0.6);
    const [one, other] = [replayed.forecast(3, level, unknown), asked.forecast(3, level, unknown)];
    for (const depth of [0, 1]) {
      expect(one[depth]!.proposed).toBeCloseTo(other[depth]!.proposed, 2);
      expect(one[depth]!.accepted).toBeCloseTo(other[depth]!.accepted, 1);
    }
    // The path's confidence falls to 0.45 at the second guess.
    expect(one[1]!.proposed).toBeLessThan(0.01);
    expect(low.forecast(1, 0, unknown)).toEqual(fresh().forecast(1, 0, unknown));
  });

  it('expects what a drafter is right about even where it seldom proposes', () => {
    const estimate = new AcceptanceEstimate({ window: 3000, floor: 0 });
    const random = seededRandom(3);
    for (let n = 0; n < 2000; n++) {
      const depth = random() < 0.1 ? 2 : 0;
      const outcome = round({ random, depth, chance: () => 0.9 });
      const plan = { kind: 'speculate', drafter: 'a', depth: 2, width: 1, nodes: 2, minimumConfidence: 0 } as const;
      estimate.observe({ ...outcome, plan });
    }
    const [first] = estimate.forecast(1, 0, unknown);
    expect(first!.proposed).toBeCloseTo(0.1, 1);
    expect(first!.accepted).toBeCloseTo(0.9, 1);
  });
});

describe('ConfidenceMap', () => {
  it('takes a confidence at its word, then finds out what it is worth, never less for a higher one', () => {
    const map = new ConfidenceMap(500);
    expect(map.acceptance(0.95)).toBeCloseTo(0.95, 2);
    const random = seededRandom(4);
    for (let n = 0; n < 4000; n++) {
      const confidence = random();
      map.observe(confidence, random() < confidence ** 3);
    }
    const learned = [0.05, 0.25, 0.45, 0.65, 0.85, 0.95].map((confidence) => map.acceptance(confidence));
    expect(learned).toEqual([...learned].sort((one, other) => one - other));
    expect(map.acceptance(0.65)).toBeGreaterThan(0.2);
    expect(map.acceptance(0.65)).toBeLessThan(0.36);
  });
});

describe('CostEstimate', () => {
  it('finds level and curve from noisy timings with outliers, and never falls with rows', () => {
    const truth = (rows: number): number => 30 + 2 * rows;
    const cost = new CostEstimate();
    const random = seededRandom(5);
    const where = { activeSequences: 1, contextLength: 100 };
    for (let n = 0; n < 3000; n++) {
      const tokens = [1, 4, 8, 16][Math.floor(random() * 4)] ?? 1;
      const pause = random() < 0.02 ? 20 : 1;
      cost.observe({ ...where, tokens }, truth(tokens) * (0.9 + 0.2 * random()) * pause);
    }
    for (const tokens of [1, 4, 8, 16]) {
      expect(cost.milliseconds({ ...where, tokens }) / truth(tokens)).toBeGreaterThan(0.94);
      expect(cost.milliseconds({ ...where, tokens }) / truth(tokens)).toBeLessThan(1.06);
    }
    const curve = Array.from({ length: 40 }, (_, rows) => cost.milliseconds({ ...where, tokens: rows + 1 }));
    expect(curve).toEqual([...curve].sort((one, other) => one - other));
  });

  it('gives every row between two measured sizes the same price', () => {
    const cost = new CostEstimate(
      [1, 2, 3, 4, 6, 8, 12, 16, 24].map((tokens) => ({ tokens, milliseconds: 2 * tokens })),
    );
    const at = (tokens: number): number => cost.milliseconds({ tokens, activeSequences: 1, contextLength: 0 });
    for (const rows of [16, 19, 23]) expect(at(rows + 1) - at(rows)).toBeCloseTo(2, 6);
  });

  it('follows a machine that becomes twice as slow', () => {
    const cost = new CostEstimate([{ tokens: 1, milliseconds: 10 }]);
    const shape = { tokens: 1, activeSequences: 1, contextLength: 100 };
    for (let n = 0; n < 40; n++) cost.observe(shape, 20);
    expect(cost.milliseconds(shape)).toBeCloseTo(20, 0);
  });
});

describe('DraftCost', () => {
  it('tells the price of a round from the price of a guess', () => {
    const cost = new DraftCost();
    const random = seededRandom(6);
    for (let n = 0; n < 400; n++) {
      const nodes = Math.floor(random() * 9);
      cost.observe(nodes, 2 + 0.5 * nodes + 0.1 * random(), 10);
    }
    expect(cost.price().base).toBeCloseTo(2.05, 0);
    expect(cost.price().perNode).toBeCloseTo(0.5, 1);
  });
});

describe('FollowingCost', () => {
  it('is the mean of what was seen, whatever pauses there were', () => {
    const cost = new FollowingCost();
    expect(cost.milliseconds).toBe(0);
    for (let n = 0; n < 200; n++) cost.observe(n % 50 === 30 ? 500 : 0.2);
    for (const none of [Number.NaN, Number.POSITIVE_INFINITY, -1]) cost.observe(none);
    expect(cost.milliseconds).toBeCloseTo(0.2, 1);
  });
});

describe('RowBesidePrompt', () => {
  const forwards = (row: number): RowBesidePrompt => {
    const estimate = new RowBesidePrompt();
    const random = seededRandom(9);
    for (let n = 0; n < 300; n++) {
      const rows = 1 + Math.floor(random() * 12);
      const promptTokens = 33 - Math.floor(random() * 8);
      const pause = n % 40 === 39 ? 2000 : 0;
      const milliseconds = 12 + 3 * promptTokens + row * rows + 8 * (random() - 0.5) + pause;
      estimate.observe({ promptTokens, rows, milliseconds });
    }
    return estimate;
  };

  it('tells the price of a row from that of a token of a prompt, whatever pauses there were', () => {
    expect(forwards(1).milliseconds(3)).toBeGreaterThan(0.5);
    expect(forwards(1).milliseconds(3)).toBeLessThan(2);
    expect(forwards(5).milliseconds(3)).toBeGreaterThan(4);
  });

  it('is what it is assumed to be while nothing is known, and never far from it', () => {
    expect(new RowBesidePrompt().milliseconds(3)).toBeCloseTo(3);
    expect(forwards(40).milliseconds(3)).toBe(9);
    const broken = new RowBesidePrompt();
    for (const milliseconds of [Number.NaN, 0, -1, Number.POSITIVE_INFINITY]) {
      broken.observe({ promptTokens: 8, rows: 1, milliseconds });
    }
    expect(broken.milliseconds(3)).toBeCloseTo(3);
  });
});

describe('Persistence', () => {
  it('corrects nothing where each token is as guessable as the next', () => {
    const persistence = new Persistence();
    const random = seededRandom(7);
    for (let n = 0; n < 3000; n++) {
      const accepted = random() < 0.7 ? 1 : 0;
      persistence.observe({ drafted: 1, accepted, whole: accepted === 1 });
    }
    expect(persistence.correction(0.7, 4)).toBeGreaterThan(0.9);
  });

  it('expects fewer rounds in passages of longer drafts', () => {
    const persistence = new Persistence();
    for (let n = 0; n < 600; n++) {
      const copied = n % 40 < 10;
      persistence.observe({ drafted: 3, accepted: copied ? 3 : 0, whole: copied });
    }
    expect(persistence.correction(0.25, 0.25 * 3)).toBeCloseTo(1, 1);
    expect(persistence.correction(0.25, 0.25 * 12)).toBeLessThan(0.65);
  });
});

describe('ChangeDetector', () => {
  const rounds = (detector: ChangeDetector, chance: number, expected: number, count: number): string[] => {
    const random = seededRandom(8);
    return Array.from({ length: count }, () => detector.observe([{ accepted: random() < chance, expected }]));
  };

  it('tells a change within ten rounds, with its direction', () => {
    expect(rounds(new ChangeDetector(), 0.02, 0.8, 10)).toContain('worse');
    expect(rounds(new ChangeDetector(), 0.95, 0.1, 10)).toContain('better');
  });

  it('hardly ever tells one where nothing changed', () => {
    const told = rounds(new ChangeDetector(), 0.6, 0.6, 5000).filter((change) => change !== 'none');
    expect(told.length).toBeLessThan(5);
  });
});
