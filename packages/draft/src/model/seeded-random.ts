/**
 * Uniform numbers in [0, 1), the same for the same seed (sfc32 by Chris Doty-Humphrey). A generator of another kind
 * than the sampler's: were both seeded alike, guesses and their judgement would not be independent.
 */
export function seededRandom(seed: number, stream = 0): () => number {
  let [a, b, c, counter] = [seed | 0, Math.floor(seed / 2 ** 32) | 0, (0x2545f491 + stream) | 0, 1];
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
  // The first outputs of neighbouring seeds resemble each other.
  for (let i = 0; i < 16; i++) next();
  return next;
}

/**
 * The number of one position of a sequence: the same however often and in whatever order positions are guessed, so that
 * a request draws alike alone and among others. Shape [count] from `position` on.
 */
export function uniformsAt(seed: number, position: number, count: number): Float32Array {
  // Rounding to single precision may give 1.
  return Float32Array.from({ length: count }, (_, i) => Math.min(seededRandom(seed, position + i)(), 1 - 2 ** -24));
}
