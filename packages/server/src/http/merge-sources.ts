/**
 * Values of several sources in the order in which they come, each with the index of its source. Asks a source for its
 * next value only when its last one was taken, so a slow reader slows them all and nothing piles up. Ends when all have
 * ended, and throws what the first one throws.
 *
 * @param stop - called when it ends for any reason, to end the sources that still run
 */
export async function* mergeSources<T>(
  sources: readonly AsyncIterable<T>[],
  stop: () => void,
): AsyncGenerator<{ readonly index: number; readonly value: T }, void, undefined> {
  const iterators = sources.map((source) => source[Symbol.asyncIterator]());
  const pending = new Map<number, Promise<{ readonly index: number; readonly result: IteratorResult<T> }>>();
  const ask = (index: number): void => {
    const iterator = iterators[index];
    if (iterator === undefined) return;
    // At the end of the map, which is what the race looks at last: no source can starve another.
    pending.delete(index);
    pending.set(
      index,
      iterator.next().then((result) => ({ index, result })),
    );
  };
  for (const index of iterators.keys()) ask(index);
  try {
    while (pending.size > 0) {
      const { index, result } = await Promise.race(pending.values());
      if (result.done === true) {
        pending.delete(index);
        continue;
      }
      yield { index, value: result.value };
      ask(index);
    }
  } finally {
    stop();
    const rest = [...pending.values()];
    await Promise.allSettled(iterators.map((iterator) => iterator.return?.()));
    await Promise.allSettled(rest);
  }
}
