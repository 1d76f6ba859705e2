/** The exit code of a program that Ctrl-C ended: 128 + SIGINT. */
export const INTERRUPTED = 130;

/** Where Ctrl-C, and what ends services, are heard; `process` in earnest. */
export interface InterruptSource {
  on(event: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
  off(event: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
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

/** Resolves with the first signal; `signalled` tells whether it has come. */
export type Stopped = Promise<void> & { readonly signalled: boolean };

/** Runs `task` with a promise that the first SIGINT or SIGTERM resolves. A second one finds no listener and ends the process. */
export async function untilStopped(source: InterruptSource, task: (stopped: Stopped) => Promise<void>): Promise<void> {
  let stop = (): void => {};
  const signal = new Promise<void>((resolve) => {
    stop = resolve;
  });
  const stopped = Object.assign(signal, { signalled: false });
  const forget = (): void => {
    source.off('SIGINT', hear);
    source.off('SIGTERM', hear);
  };
  const hear = (): void => {
    forget();
    stopped.signalled = true;
    stop();
  };
  source.on('SIGINT', hear);
  source.on('SIGTERM', hear);
  try {
    await task(stopped);
  } finally {
    forget();
  }
}
