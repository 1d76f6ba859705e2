/** The exit code of a program that Ctrl-C ended: 128 + SIGINT. */
export const INTERRUPTED = 130;

/** Ctrl-C, and what ends services. */
type Interrupt = 'SIGINT' | 'SIGTERM';

/** Where they are heard; `process` in earnest. */
export interface InterruptSource {
  on(event: Interrupt, listener: () => void): unknown;
  off(event: Interrupt, listener: () => void): unknown;
}

/**
 * Runs `task` with a signal that the first interrupt aborts, so that what was generated so far is still printed. A second
 * one finds no listener and ends the process at once.
 */
export async function withInterruption<T>(
  source: InterruptSource,
  task: (signal: AbortSignal) => Promise<T>,
  interrupts: readonly Interrupt[] = ['SIGINT'],
): Promise<T> {
  const controller = new AbortController();
  const forget = (): void => {
    for (const interrupt of interrupts) source.off(interrupt, hear);
  };
  const hear = (): void => {
    forget();
    controller.abort();
  };
  for (const interrupt of interrupts) source.on(interrupt, hear);
  try {
    return await task(controller.signal);
  } finally {
    forget();
  }
}
