/** Independent streams of random numbers under one seed. */
export const RANDOM_STREAMS = { sample: 0, verifier: 1 } as const;

/** Where in a stream a number stands. */
export interface RandomCoordinates {
  /** Any safe integer; all of its bits count. */
  readonly seed: number;
  /** One of `RANDOM_STREAMS`. */
  readonly stream: number;
  /** Position among the generated tokens, in [0, 2^32). */
  readonly position: number;
  /** Number of the draw at this position, in [0, 2^32). */
  readonly draw: number;
}

/**
 * A uniform number in [0, 1) with 53 random bits that depends on its coordinates only: nothing is consumed, so the
 * number of position i is the same however the decoder got there, one token a round or eight.
 *
 * It is one block of Philox4x32-10, a counter-based generator that passes BigCrush: J. Salmon et al., "Parallel
 * random numbers: as easy as 1, 2, 3", SC 2011. The key is the seed, the counter is (position, draw, stream, 0).
 */
export function randomAt({ seed, stream, position, draw }: RandomCoordinates): number {
  const [high, low] = philox4x32([position, draw, stream, 0], [seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0]);
  return ((high >>> 5) * 2 ** 26 + (low >>> 6)) / 2 ** 53;
}

type Words4 = readonly [number, number, number, number];

/** Ten rounds of Philox on a counter of four 32-bit words under a key of two. */
export function philox4x32(counter: Words4, key: readonly [number, number]): Words4 {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(0xd2511f53, c0);
    const low0 = Math.imul(0xd2511f53, c0);
    const high1 = multiplyHigh(0xcd9e8d57, c2);
    const low1 = Math.imul(0xcd9e8d57, c2);
    c0 = (high1 ^ c1 ^ k0) >>> 0;
    c1 = low1 >>> 0;
    c2 = (high0 ^ c3 ^ k1) >>> 0;
    c3 = low0 >>> 0;
    k0 = (k0 + 0x9e3779b9) >>> 0;
    k1 = (k1 + 0xbb67ae85) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/** Upper 32 bits of the product of two unsigned 32-bit numbers; the product itself does not fit in a double. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const carry = (middle & 0xffff) + aLow * bHigh;
  return (aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(carry / 0x10000)) >>> 0;
}
