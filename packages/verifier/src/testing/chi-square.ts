/**
 * Pearson's chi-square test of goodness of fit. `expected` are counts; cells that expect fewer than 5 are pooled, and
 * an observation where nothing is expected gives probability 0 at once. Returns the p-value.
 */
export function chiSquarePValue(observed: readonly number[], expected: readonly number[]): number {
  let statistic = 0;
  let cells = 0;
  let [pooledObserved, pooledExpected] = [0, 0];
  const add = (count: number, mean: number): void => {
    statistic += (count - mean) ** 2 / mean;
    cells++;
  };
  for (const [i, mean] of expected.entries()) {
    const count = observed[i] ?? 0;
    if (mean === 0 && count > 0) return 0;
    if (mean >= 5) add(count, mean);
    else {
      pooledObserved += count;
      pooledExpected += mean;
    }
  }
  if (pooledExpected > 0) add(pooledObserved, pooledExpected);
  return upperGamma((cells - 1) / 2, statistic / 2);
}

/** The regularised upper incomplete gamma function Q(a, x), by series or continued fraction (Numerical Recipes 6.2). */
export function upperGamma(a: number, x: number): number {
  if (x <= 0) return 1;
  const scale = Math.exp(-x + a * Math.log(x) - logGamma(a));
  if (x < a + 1) {
    let term = 1 / a;
    let sum = term;
    for (let n = 1; n < 2000; n++) {
      term *= x / (a + n);
      sum += term;
    }
    return 1 - sum * scale;
  }
  let b = x + 1 - a;
  let c = 1e300;
  let d = 1 / b;
  let fraction = d;
  for (let i = 1; i < 2000; i++) {
    const factor = -i * (i - a);
    b += 2;
    d = 1 / (factor * d + b);
    c = b + factor / c;
    fraction *= c * d;
  }
  return fraction * scale;
}

/** Stirling's series, after shifting the argument to where it is exact to 1e-12. */
function logGamma(x: number): number {
  let shift = 0;
  let z = x;
  for (; z < 10; z++) shift -= Math.log(z);
  const series = 1 / (12 * z) - 1 / (360 * z ** 3) + 1 / (1260 * z ** 5);
  return shift + (z - 0.5) * Math.log(z) - z + Math.log(2 * Math.PI) / 2 + series;
}
