import { ForetokenError } from '@foretoken/core';

/** How an engine's process came to its end. */
export type EngineEnd =
  | { readonly kind: 'exit'; readonly code: number | null; readonly signal: NodeJS.Signals | null }
  /** It gave no sign of life for so many milliseconds and was killed. */
  | { readonly kind: 'silent'; readonly milliseconds: number }
  /** It had not loaded its model after so many milliseconds without progress and was killed. */
  | { readonly kind: 'slow-start'; readonly milliseconds: number }
  /** It spoke another version of the messages, or no version at all. */
  | { readonly kind: 'stranger' };

/** The engine's process ended while a request ran in it. Code `engine-died`. */
export class EngineDiedError extends ForetokenError {
  constructor(end: EngineEnd) {
    super(
      `The engine that ran this request ${describeEnd(end)}. What came so far is right, the rest is lost; it is started again: send the request once more.`,
      { code: 'engine-died', details: { ...end } },
    );
  }
}

/** No engine runs just now. Code `engine-unavailable`. */
export class EngineUnavailableError extends ForetokenError {
  /** Seconds after which one is likely to run. */
  readonly retryAfterSeconds: number;

  constructor(retryAfterSeconds: number) {
    super(`No engine is running just now; one is being started. Try again in ${retryAfterSeconds} s.`, {
      code: 'engine-unavailable',
      details: { retryAfterSeconds },
    });
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** The engine's process ended before it was ready, without a reason of its own. Code `engine-start-failed`. */
export class EngineStartError extends ForetokenError {
  constructor(end: EngineEnd, attempts: number) {
    super(
      `The engine's process ${describeEnd(end)} before it was ready, ${attempts} times in a row. Its last lines in the log say more.`,
      { code: 'engine-start-failed', details: { ...end, attempts } },
    );
  }
}

/** The build lacks the program of the engine's process. Code `engine-program-missing`. */
export class EngineProgramMissingError extends ForetokenError {
  constructor(path: string) {
    super(`The program of the engine's process is not at ${path}. Build @foretoken/server first: pnpm build.`, {
      code: 'engine-program-missing',
      details: { path },
    });
  }
}

/** In words that go after "the engine". */
export function describeEnd(end: EngineEnd): string {
  switch (end.kind) {
    case 'exit':
      return end.signal === null ? `ended with code ${end.code}` : `was ended by ${end.signal}`;
    case 'silent':
      return `gave no sign of life for ${end.milliseconds} ms and was killed`;
    case 'slow-start':
      return `had not loaded its model after ${end.milliseconds} ms without progress and was killed`;
    case 'stranger':
      return 'speaks another version of the messages (two installations of @foretoken/server are mixed) and was killed';
  }
}
