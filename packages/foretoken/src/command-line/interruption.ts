/** The exit code of a program that Ctrl-C ended: 128 + SIGINT. */
export const INTERRUPTED = 130;

/** Where Ctrl-C is heard; `process` in earnest. */
export interface InterruptSource {
  on(event: 'SIGINT', listener: () => void): unknown;
  off(event: 'SIGINT', listener: () => void): unknown;
}

/**
 * Runs `task` with a signal that the first Ctrl-C aborts, so that what was generated so far is still printed. A second
 * Ctrl-C finds no listener and ends the process at once.
 */
export async function withInterruption<T>(
  source: InterruptSource,
  task: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const interrupt = (): void => {
    source.off('SIGINT', interrupt);
    controller.abort();
  };
  source.on('SIGINT', interrupt);
  try {
    return await task(controller.signal);
  } finally {
    source.off('SIGINT', interrupt);
  }
}
