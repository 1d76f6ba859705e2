/** The smallest value that at least `share` of the values don't exceed (nearest rank); `share` in (0, 1]. NaN without any. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
}
