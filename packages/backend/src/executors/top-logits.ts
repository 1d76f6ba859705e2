/** The k highest logits of each of `rows` rows, one row after the other. Each [rows, k]. */
export function topOfRows(
  rows: number,
  k: number,
  row: (index: number) => Float32Array,
): { tokens: Int32Array; logits: Float32Array } {
  const best = { tokens: new Int32Array(rows * k), logits: new Float32Array(rows * k) };
  for (let index = 0; index < rows; index++) {
    const { tokens, logits } = topLogits(row(index), k);
    best.tokens.set(tokens, index * k);
    best.logits.set(logits, index * k);
  }
  return best;
}

/** The k highest logits, highest first; among equals the lowest token. Shapes [min(k, logits.length)]. */
function topLogits(logits: Float32Array, k: number): { tokens: Int32Array; logits: Float32Array } {
  const size = Math.min(k, logits.length);
  const tokens = new Int32Array(size);
  const values = new Float32Array(size).fill(Number.NEGATIVE_INFINITY);
  let filled = 0;
  for (let token = 0; token < logits.length; token++) {
    const value = logits[token] ?? Number.NEGATIVE_INFINITY;
    if (filled === size && !(value > (values[size - 1] ?? 0))) continue;
    let at = filled < size ? filled++ : size - 1;
    while (at > 0 && value > (values[at - 1] ?? 0)) {
      values[at] = values[at - 1] ?? 0;
      tokens[at] = tokens[at - 1] ?? 0;
      at -= 1;
    }
    values[at] = value;
    tokens[at] = token;
  }
  return { tokens, logits: values };
}
