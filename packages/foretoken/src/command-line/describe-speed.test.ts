import { describe, expect, it } from 'vitest';
import type { GenerationResult } from '../decoder/collect-generation.js';
import { SpeedMeter } from './describe-speed.js';

const timings = { prefillMs: 1, decodeMs: 500, tokensPerSecond: 40 };
const speculation = { drafted: 40, accepted: 10, acceptanceRate: 0.25 } as GenerationResult['speculation'];
const result = { tokens: new Array(20).fill(1), timings, speculation } as unknown as GenerationResult;
const round = (kind: 'standard' | 'speculate') =>
  ({
    kind: 'round',
    round: {
      plan: kind === 'standard' ? { kind } : { kind, drafter: 'lookup', depth: 4 },
      milliseconds: { draft: 1, forward: 48, verify: 1 },
    },
  }) as Parameters<SpeedMeter['observe']>[0];

describe('SpeedMeter', () => {
  it('tells speed and acceptance, and the speedup once it has seen what a round without guesses takes', () => {
    const meter = new SpeedMeter();
    for (let count = 0; count < 4; count++) meter.observe(round('standard'));
    for (let count = 0; count < 9; count++) meter.observe(round('speculate'));
    expect(meter.describe(result)).toBe('20 tokens, 40.0 tok/s, 25.0 % of 40 guesses accepted');
    meter.observe(round('standard'));
    expect(meter.describe(result)).toBe(
      '20 tokens, 40.0 tok/s, 2.00x as fast as without guesses, 25.0 % of 40 guesses accepted',
    );
  });

  it('tells the speed alone without speculation', () => {
    const { speculation: _, ...standard } = result;
    expect(new SpeedMeter().describe(standard)).toBe('20 tokens, 40.0 tok/s');
  });
});
