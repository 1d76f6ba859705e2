import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PrefillPace } from './prefill-pace.js';

/** Reads whole pieces on a machine that takes `fixed + each * tokens` milliseconds for a forward. */
function read(pace: PrefillPace, { fixed, each }: { fixed: number; each: number }, pieces = 20): number {
  let last = 0;
  for (let piece = 0; piece < pieces; piece++) {
    last = fixed + each * pace.tokens;
    pace.observe(pace.tokens, last);
  }
  return last;
}

describe('PrefillPace', () => {
  it('finds pieces of some 0.2 s on any machine, never shorter than 8 or longer than 512 tokens', () => {
    const machine = fc.record({
      fixed: fc.double({ min: 0, max: 60, noNaN: true }),
      each: fc.double({ min: 0.01, max: 500, noNaN: true }),
    });
    fc.assert(
      fc.property(machine, (speed) => {
        const pace = new PrefillPace();
        const milliseconds = read(pace, speed);
        expect(pace.tokens).toBeGreaterThanOrEqual(8);
        expect(pace.tokens).toBeLessThanOrEqual(512);
        if (pace.tokens > 8) expect(milliseconds).toBeLessThanOrEqual(220);
        if (pace.tokens > 8 && pace.tokens < 512) expect(milliseconds).toBeGreaterThan(100);
      }),
    );
  });

  it('begins with a piece that no machine takes long for, and grows in steps', () => {
    const pace = new PrefillPace();
    const sizes = [pace.tokens];
    for (let piece = 0; piece < 4; piece++) {
      pace.observe(pace.tokens, 1);
      sizes.push(pace.tokens);
    }
    expect(sizes).toEqual([16, 64, 256, 512, 512]);
  });

  it('follows a machine that becomes ten times slower, and one that recovers', () => {
    const pace = new PrefillPace();
    read(pace, { fixed: 10, each: 0.5 });
    const fast = pace.tokens;
    read(pace, { fixed: 100, each: 5 }, 2);
    expect(pace.tokens).toBeLessThanOrEqual(fast / 8);
    read(pace, { fixed: 10, each: 0.5 });
    expect(pace.tokens).toBe(fast);
  });

  it('does not take the last, short piece of a prompt for the speed of whole ones', () => {
    const pace = new PrefillPace();
    read(pace, { fixed: 20, each: 0.5 });
    const whole = pace.tokens;
    pace.observe(3, 21.5);
    pace.observe(1, 20.5);
    expect(pace.tokens).toBe(whole);
  });
});
