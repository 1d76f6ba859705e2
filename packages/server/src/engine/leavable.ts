/**
 * An iteration that its consumer may leave at any time. The `return()` of an async generator function waits for the event
 * that was asked for before it; here it first aborts the signal that the generator was started with, so that there soon
 * is one. The caller's signal aborts it too.
 */
export function leavable<T>(
  start: (signal: AbortSignal) => AsyncGenerator<T, void, undefined>,
  signal?: AbortSignal,
): AsyncGenerator<T, void, undefined> {
  const controller = new AbortController();
  const abort = (): void => controller.abort(signal?.reason);
  const events = following();

  async function* following(): AsyncGenerator<T, void, undefined> {
    if (signal?.aborted) abort();
    else signal?.addEventListener('abort', abort, { once: true });
    try {
      yield* start(controller.signal);
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  const leave = async (): Promise<IteratorResult<T, void>> => {
    controller.abort();
    return events.return();
  };

  return {
    next: () => events.next(),
    return: leave,
    throw: async (error: unknown) => {
      await leave();
      throw error;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
