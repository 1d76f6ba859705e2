/** Index of the item with the greatest probability; the first among equals, so that the same is taken on every run. */
export function likeliest<Item>(items: readonly Item[], probabilityOf: (item: Item) => number): number {
  let best = 0;
  let most = Number.NEGATIVE_INFINITY;
  let index = 0;
  for (const item of items) {
    const probability = probabilityOf(item);
    if (probability > most) {
      best = index;
      most = probability;
    }
    index++;
  }
  return best;
}
