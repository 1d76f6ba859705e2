/**
 * The nearest values that never decrease, nearest in squares weighted by certainty: pool adjacent violators (Ayer et
 * al., "An Empirical Distribution Function for Sampling with Incomplete Information", 1955).
 */
export function monotone(values: readonly { readonly value: number; readonly variance: number }[]): number[] {
  const blocks: { value: number; weight: number; length: number }[] = [];
  for (const { value, variance } of values) {
    let block = { value, weight: 1 / (variance + 1e-6), length: 1 };
    for (let last = blocks.at(-1); last !== undefined && last.value > block.value; last = blocks.at(-1)) {
      const weight = last.weight + block.weight;
      const pooled = (last.value * last.weight + block.value * block.weight) / weight;
      block = { value: pooled, weight, length: last.length + block.length };
      blocks.pop();
    }
    blocks.push(block);
  }
  return blocks.flatMap(({ value, length }) => Array.from({ length }, () => value));
}
