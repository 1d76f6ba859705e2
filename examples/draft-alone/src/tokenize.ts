/** Stands for any tokenizer: words and signs with the space before them, numbered as they first occur. */
export function tokenize(text: string): Int32Array {
  const ids = new Map<string, number>();
  return Int32Array.from(text.match(/\s*\w+|\s*[^\w\s]|\s+$/g) ?? [], (piece) => {
    const id = ids.get(piece) ?? ids.size;
    ids.set(piece, id);
    return id;
  });
}
