/** What two models say about one position. */
export interface RowComparison {
  /** −log p of the text's next token, in nats. */
  readonly exactLoss: number;
  readonly integerLoss: number;
  /** Kullback-Leibler divergence of the integer distribution from the exact one, in nats. */
  readonly divergence: number;
  /** Whether both have the same likeliest token. */
  readonly sameGreedy: boolean;
}

/**
 * Compares two rows of logits.
 *
 * @param exact shape [vocabularySize]
 * @param integer shape [vocabularySize]
 * @param next the token that the text goes on with.
 */
export function compareRows(exact: Float32Array, integer: Float32Array, next: number): RowComparison {
  const exactBest = argmax(exact);
  const integerBest = argmax(integer);
  const exactHighest = exact[exactBest] ?? 0;
  const integerHighest = integer[integerBest] ?? 0;
  let exactSum = 0;
  let integerSum = 0;
  let difference = 0;
  for (let token = 0; token < exact.length; token++) {
    const logit = exact[token] ?? 0;
    const other = integer[token] ?? 0;
    const weight = Math.exp(logit - exactHighest);
    exactSum += weight;
    integerSum += Math.exp(other - integerHighest);
    difference += weight * (logit - other);
  }
  const exactNormalizer = exactHighest + Math.log(exactSum);
  const integerNormalizer = integerHighest + Math.log(integerSum);
  return {
    exactLoss: exactNormalizer - (exact[next] ?? 0),
    integerLoss: integerNormalizer - (integer[next] ?? 0),
    divergence: difference / exactSum - exactNormalizer + integerNormalizer,
    sameGreedy: exactBest === integerBest,
  };
}

/** The lowest index among the highest values. */
function argmax(values: Float32Array): number {
  let best = 0;
  for (let index = 1; index < values.length; index++) {
    if ((values[index] ?? 0) > (values[best] ?? 0)) best = index;
  }
  return best;
}
