/**
 * The nearest values that never decrease, nearest in squares weighted by certainty: pool adjacent violators (Ayer et
 * al., "An Empirical Distribution Function for Sampling with Incomplete Information", 1955).
 */
export function monotone(values: readonly { readonly value: number; readonly variance: number }[]): number[] {
  // Blocks of pooled values, in arrays of their own: this runs once a round.
  const pooled: number[] = [];
  const weights: number[] = [];
  const ends: number[] = [];
  let blocks = 0;
  for (const [index, { value, variance }] of values.entries()) {
    let [level, weight] = [value, 1 / (variance + 1e-6)];
    for (; blocks > 0 && (pooled[blocks - 1] ?? 0) > level; blocks--) {
      const above = weights[blocks - 1] ?? 0;
      level = ((pooled[blocks - 1] ?? 0) * above + level * weight) / (above + weight);
      weight += above;
    }
    pooled[blocks] = level;
    weights[blocks] = weight;
    ends[blocks++] = index + 1;
  }
  const result: number[] = [];
  for (let block = 0; block < blocks; block++) {
    while (result.length < (ends[block] ?? 0)) result.push(pooled[block] ?? 0);
  }
  return result;
}
