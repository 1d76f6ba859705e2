/**
 * Uniform numbers in [0, 1) that depend on the seed and a name only, so that each text or answer has its own stream
 * whatever ran before it. Source: mulberry32, over an FNV-1a hash of the name.
 */
export function seededRandom(seed: number, name = ''): () => number {
  let state = seed >>> 0;
  for (let i = 0; i < name.length; i++) state = Math.imul(state ^ name.charCodeAt(i), 0x01000193) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
