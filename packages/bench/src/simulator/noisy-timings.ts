import { seededRandom } from '../seeded-random.js';

/** Timings as controllers see them: normal noise of 6 %, and now and then a pause of the process. */
const NOISE = 0.06;
const PAUSE_CHANCE = 0.01;
const PAUSE_FACTOR = 8;

/** Turns true milliseconds into what a clock would show. */
export function noisyTimings(seed: number): (milliseconds: number) => number {
  const random = seededRandom(seed + 7919);
  return (milliseconds) => {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return milliseconds * Math.exp(NOISE * normal) * (random() < PAUSE_CHANCE ? PAUSE_FACTOR : 1);
  };
}
