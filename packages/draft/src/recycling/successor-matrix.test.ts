import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SuccessorMatrix } from './successor-matrix.js';

describe('SuccessorMatrix', () => {
  it('holds what a list of the latest entered rows holds', () => {
    const rows = fc.array(fc.tuple(fc.nat(20), fc.array(fc.nat(99), { maxLength: 3 }), fc.nat(3)), { maxLength: 80 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), rows, (capacity, entries) => {
        const matrix = new SuccessorMatrix(capacity, 3);
        const twin: { token: number; tokens: number[]; sharpness: number }[] = [];
        for (const [token, tokens, sharpness] of entries) {
          matrix.set(token, Int32Array.from(tokens), sharpness);
          const known = twin.find((row) => row.token === token);
          if (known) Object.assign(known, { tokens, sharpness });
          else twin.push({ token, tokens, sharpness });
          if (twin.length > capacity) twin.shift();
        }
        for (let token = 0; token <= 21; token++) {
          const row = matrix.get(token);
          const expected = twin.find((other) => other.token === token);
          expect(row && { tokens: [...row.tokens], sharpness: row.sharpness }).toEqual(
            expected && { tokens: expected.tokens, sharpness: expected.sharpness },
          );
        }
      }),
    );
  });

  it('stays under 4 MB with 8 successors of each of 49152 tokens, and small until used', () => {
    const matrix = new SuccessorMatrix(49152, 8);
    expect(matrix.bytes).toBeLessThan(10_000);
    const row = Int32Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    for (let token = 0; token < 49152; token++) matrix.set(token, row, 0);
    expect(matrix.bytes).toBeLessThan(4 * 2 ** 20);
    expect([...matrix.get(49151)!.tokens]).toEqual([...row]);
  });
});
