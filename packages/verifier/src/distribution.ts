/** The same distribution in double precision, so that it sums to 1 to the last digits. Shape [n] to [n]. */
export function normalised(weights: ArrayLike<number>): Float64Array {
  const result = Float64Array.from(weights);
  let total = 0;
  for (const weight of result) total += weight;
  for (let i = 0; i < result.length; i++) result[i] = (result[i] ?? 0) / total;
  return result;
}

/**
 * norm(max(0, target − draft)): what the target has left after a draw from `draft` was rejected. Shape [n].
 * `undefined` when nothing is left, so when the two are equal but for rounding.
 */
export function residual(target: Float64Array, draft: Float64Array): Float64Array | undefined {
  const rest = target.map((probability, token) => Math.max(0, probability - (draft[token] ?? 0)));
  return rest.some((weight) => weight > 0) ? normalised(rest) : undefined;
}

/** The token that a uniform number in [0, 1) falls on; never one of probability 0. */
export function drawFrom(probabilities: Float64Array, uniform: number): number {
  let rest = uniform;
  let drawn = 0;
  for (const [token, probability] of probabilities.entries()) {
    if (probability === 0) continue;
    drawn = token;
    rest -= probability;
    if (rest < 0) break;
  }
  return drawn;
}
