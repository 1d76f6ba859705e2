/** A request whose prompt is not yet in the KV cache. */
export interface Prefilling {
  /** Lower is older. */
  readonly number: number;
  /** Tokens still to be scored, >= 1. */
  readonly unprefilled: number;
}

/**
 * Divides the prompt tokens of a round. The oldest request has half of them, so that later requests can't starve it;
 * the rest goes to the one with the fewest tokens left, so that a short prompt does not wait for a long one. What is
 * left over goes to the oldest.
 */
export function prefillShares<T extends Prefilling>(requests: readonly T[], tokens: number): Map<T, number> {
  const shares = new Map<T, number>();
  let left = tokens;
  const give = (request: T, most: number): void => {
    const has = shares.get(request) ?? 0;
    const share = Math.min(most, left, request.unprefilled - has);
    if (share <= 0) return;
    shares.set(request, has + share);
    left -= share;
  };
  const oldest = [...requests].sort((a, b) => a.number - b.number)[0];
  if (oldest === undefined) return shares;
  give(oldest, Math.ceil(tokens / 2));
  const nearest = requests.filter((request) => request !== oldest);
  nearest.sort((a, b) => a.unprefilled - b.unprefilled || a.number - b.number);
  for (const request of nearest) give(request, left);
  give(oldest, left);
  return shares;
}
