import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Agreement, agreementOf, MatchConfidence } from './match-confidence.js';

const agreements: readonly Agreement[] = ['single', 'unanimous', 'split'];

describe('MatchConfidence', () => {
  it('counts each guess that was judged: the newest always, the next while those before it were wrong', () => {
    const rounds = fc.array(
      fc.tuple(fc.constantFrom(2, 4, 30), fc.constantFrom(...agreements), fc.integer({ min: 1, max: 3 }), fc.nat(3)),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(rounds, (seen) => {
        const fresh = new MatchConfidence();
        const taught = new MatchConfidence();
        for (const [matched, agreement, guesses, token] of seen) {
          taught.learn(matched, agreement, [0, 1, 2].slice(0, guesses), token);
        }
        const expected = (prior: number, judged: readonly boolean[]) =>
          (prior * 12 + judged.filter((right) => right).length) / (12 + judged.length);
        for (const matched of [2, 4, 30]) {
          for (const agreement of agreements) {
            const judged = seen.filter((round) => round[0] === matched && round[1] === agreement);
            expect(taught.newest(matched, agreement)).toBeCloseTo(
              expected(
                fresh.newest(matched, agreement),
                judged.map((round) => round[3] === 0),
              ),
              9,
            );
          }
        }
        for (const rank of [1, 2]) {
          const judged = seen.filter(([, , guesses, token]) => guesses > rank && token >= rank);
          expect(taught.runnerUp(rank)).toBeCloseTo(
            expected(
              fresh.runnerUp(rank),
              judged.map((round) => round[3] === rank),
            ),
            9,
          );
        }
      }),
    );
  });

  it('starts from rates that grow with the match and fall with the rank', () => {
    const confidence = new MatchConfidence();
    for (const agreement of agreements) {
      const rates = Array.from({ length: 40 }, (_, i) => confidence.newest(i + 1, agreement));
      expect(rates).toEqual([...rates].sort((a, b) => a - b));
      expect(rates[39]).toBeLessThan(1);
      expect(rates[39]).toBe(rates[24]);
    }
    expect(confidence.runnerUp(9)).toBeLessThan(confidence.runnerUp(1));
  });

  it('tells a single occurrence from several that agree or not', () => {
    expect([agreementOf(1, 1), agreementOf(3, 3), agreementOf(2, 3), agreementOf(0, 0)]).toEqual([
      'single',
      'unanimous',
      'split',
      'single',
    ]);
  });
});
