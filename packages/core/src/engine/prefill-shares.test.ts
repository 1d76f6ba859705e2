import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { prefillShares } from './prefill-shares.js';

const requests = fc.uniqueArray(fc.record({ number: fc.nat(50), unprefilled: fc.integer({ min: 1, max: 300 }) }), {
  selector: ({ number }) => number,
  maxLength: 8,
});

describe('prefillShares', () => {
  it('gives out all that can be used, at least half of it to the oldest', () => {
    fc.assert(
      fc.property(requests, fc.integer({ min: 1, max: 512 }), (prefilling, tokens) => {
        const shares = prefillShares(prefilling, tokens);
        const wanted = prefilling.reduce((sum, { unprefilled }) => sum + unprefilled, 0);
        expect([...shares.values()].reduce((sum, share) => sum + share, 0)).toBe(Math.min(tokens, wanted));
        for (const [request, share] of shares) {
          expect(share).toBeGreaterThan(0);
          expect(share).toBeLessThanOrEqual(request.unprefilled);
        }
        const oldest = prefilling.toSorted((a, b) => a.number - b.number)[0];
        if (oldest === undefined) return;
        expect(shares.get(oldest)).toBeGreaterThanOrEqual(Math.min(oldest.unprefilled, tokens / 2));
      }),
    );
  });

  it('gives the rest to who is nearest to its first token', () => {
    const [oldest, long, short] = [
      { number: 1, unprefilled: 100 },
      { number: 2, unprefilled: 50 },
      { number: 3, unprefilled: 10 },
    ] as const;
    expect([...prefillShares([long, short, oldest], 32)]).toEqual([
      [oldest, 16],
      [short, 10],
      [long, 6],
    ]);
  });
});
