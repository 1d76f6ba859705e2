import type { Scores } from '@foretoken/core';

/** What a verifier needs of a model's output: rows of logits, one for the text so far and one for each guess. */
export function scoresOfRows(rows: readonly Float32Array[]): Scores {
  const row = (index: number): Float32Array => {
    const logits = rows[index];
    if (logits === undefined) throw new RangeError(`There is no row ${index}: the model gave ${rows.length}.`);
    return logits;
  };
  const topK = (index: number, k: number) => {
    const logits = row(index);
    const tokens = Int32Array.from(logits.keys()).sort((a, b) => (logits[b] ?? 0) - (logits[a] ?? 0) || a - b);
    const highest = tokens.slice(0, k);
    return { tokens: highest, logits: Float32Array.from(highest, (token) => logits[token] ?? 0) };
  };
  return {
    rows: rows.length,
    argmax: () => Int32Array.from(rows, (_, index) => topK(index, 1).tokens[0] ?? 0),
    topK,
    row: (index) => row(index).slice(),
  };
}
