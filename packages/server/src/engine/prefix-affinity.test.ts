import { describe, expect, it } from 'vitest';
import { PrefixAffinity } from './prefix-affinity.js';
import { routeRequest } from './route-request.js';

const prompt = (...parts: readonly [length: number, seed: number][]): Int32Array =>
  Int32Array.from(parts.flatMap(([length, seed]) => Array.from({ length }, (_, index) => seed + index)));

describe('PrefixAffinity', () => {
  it('knows as much of a prompt as an engine has read of another, in whole blocks', () => {
    const affinity = new PrefixAffinity();
    affinity.note(1, prompt([100, 5], [40, 900]), 'a');
    expect(affinity.known(1, prompt([100, 5], [300, 7000]), 'a')).toBe(96);
    expect(affinity.known(1, prompt([100, 5], [40, 900]), 'a')).toBe(128);
    expect(affinity.known(1, prompt([10, 5]), 'a')).toBe(0);
    expect(affinity.known(1, prompt([100, 6]), 'a')).toBe(0);
    expect(affinity.known(0, prompt([100, 5]), 'a')).toBe(0);
  });

  it('knows nothing of what was read for another scope', () => {
    const affinity = new PrefixAffinity();
    affinity.note(0, prompt([100, 5]), 'a');
    expect(affinity.known(0, prompt([100, 5]), 'b')).toBe(0);
    affinity.note(0, prompt([64, 5]), 'b');
    expect(affinity.known(0, prompt([100, 5]), 'b')).toBe(64);
    expect(affinity.known(0, prompt([100, 5]), 'a')).toBe(96);
  });

  it('forgets what an engine has lost, and what was read longest ago', () => {
    const affinity = new PrefixAffinity();
    affinity.note(0, prompt([64, 1]), 'a');
    affinity.forget(0);
    expect(affinity.known(0, prompt([64, 1]), 'a')).toBe(0);
    affinity.note(0, prompt([64, 1]), 'a');
    for (let other = 0; other < 40; other++) affinity.note(0, prompt([2048, 10_000 * (other + 1)]), 'a');
    expect(affinity.known(0, prompt([64, 1]), 'a')).toBe(0);
    expect(affinity.known(0, prompt([2048, 400_000]), 'a')).toBe(2048);
  });
});

describe('routeRequest', () => {
  const order = (...candidates: readonly [load: number, knownTokens: number][]): number[] =>
    routeRequest(candidates.map(([load, knownTokens], index) => ({ index, load, knownTokens }))).map(
      ({ index }) => index,
    );

  it('takes the least loaded engine, the first among equals', () => {
    expect(order([2, 0], [0, 0], [1, 0])).toEqual([1, 2, 0]);
    expect(order([0, 0], [0, 0])).toEqual([0, 1]);
  });

  it('prefers what has read the beginning, unless it is clearly more loaded', () => {
    expect(order([0, 0], [2, 64])).toEqual([1, 0]);
    expect(order([0, 0], [3, 64])).toEqual([0, 1]);
    expect(order([1, 64], [2, 512], [0, 0])).toEqual([1, 2, 0]);
  });

  it('has nowhere to send a request without engines', () => {
    expect(order()).toEqual([]);
  });
});
