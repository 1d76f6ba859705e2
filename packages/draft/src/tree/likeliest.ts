/** Index of the item with the greatest probability; the first among equals, so that the same is taken on every run. */
export function likeliest<Item>(items: readonly Item[], probabilityOf: (item: Item) => number): number {
  let best = 0;
  let most = Number.NEGATIVE_INFINITY;
  for (const [index, item] of items.entries()) {
    const probability = probabilityOf(item);
    if (probability <= most) continue;
    best = index;
    most = probability;
  }
  return best;
}
