/**
 * The measurements of one round, every target and size once. Sizes come one after the other with all targets side by
 * side; both orders rotate from round to round, so that no target or size always follows the same neighbour.
 */
export function roundOf<Target>(
  round: number,
  targets: readonly Target[],
  tokenCounts: readonly number[],
): readonly { readonly target: Target; readonly tokens: number }[] {
  return rotated(tokenCounts, round).flatMap((tokens) => rotated(targets, round).map((target) => ({ target, tokens })));
}

/** The values from the given one on, then those before it. `by` may exceed their number. */
export function rotated<T>(values: readonly T[], by: number): readonly T[] {
  const start = values.length === 0 ? 0 : by % values.length;
  return [...values.slice(start), ...values.slice(0, start)];
}
