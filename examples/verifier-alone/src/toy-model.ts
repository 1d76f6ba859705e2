/** Stands for someone else's model: what it says about the next word depends on the last word only. */
export const words = ['the', 'cat', 'sat', 'on', 'mat', '.'] as const;

/** Row w: logits of the word after word w. */
const table: readonly (readonly number[])[] = [
  [-2, 3, -1, -2, 2.5, -2],
  [-1, -2, 3, 0, -2, 1],
  [0, -2, -2, 3, -2, 1],
  [4, 0, -2, -2, 0, -2],
  [-1, -2, 0, 0, -2, 3],
  [3, 1, -2, -2, -1, -2],
];

/** One row of logits for each of the given words. A real model would take a whole batch in one call, which is the point. */
export function forward(tokens: readonly number[]): Float32Array[] {
  return tokens.map((token) => Float32Array.from(table[token] ?? []));
}
