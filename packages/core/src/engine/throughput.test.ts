import { describe, expect, it } from 'vitest';
import { Throughput } from './throughput.js';

describe('Throughput', () => {
  it('advises to come back after the mean time between endings, from 1 to 60 seconds', () => {
    const throughput = new Throughput();
    expect(throughput.retryAfterSeconds(0, 0)).toBe(1);
    expect(throughput.retryAfterSeconds(12_000, 0)).toBe(12);
    for (const at of [1000, 4000, 9000]) throughput.ended(at);
    expect(throughput.retryAfterSeconds(9000, 0)).toBe(4);
    for (let at = 10_000; at < 20_000; at += 100) throughput.ended(at);
    expect(throughput.retryAfterSeconds(20_000, 0)).toBe(1);
    throughput.ended(10_000_000);
    expect(throughput.retryAfterSeconds(10_000_000, 0)).toBe(60);
  });

  it('does not take a time without requests for a slow one', () => {
    const throughput = new Throughput();
    for (const at of [1000, 4000]) throughput.ended(at);
    throughput.idle();
    expect(throughput.retryAfterSeconds(3_600_000, 3_600_000)).toBe(3);
    throughput.ended(3_601_000);
    throughput.idle();
    expect(throughput.retryAfterSeconds(3_602_000, 3_602_000)).toBe(3);
  });
});
