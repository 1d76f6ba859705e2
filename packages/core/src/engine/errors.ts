import { ForetokenError } from '../errors.js';

/** As many requests wait as may. Code `queue-full`. */
export class QueueFullError extends ForetokenError {
  /** Seconds after which a place is likely. */
  readonly retryAfterSeconds: number;

  constructor(queue: number, retryAfterSeconds: number) {
    super(`${queue} requests are waiting already, which is the most. Try again in ${retryAfterSeconds} s.`, {
      code: 'queue-full',
      details: { queue, retryAfterSeconds },
    });
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** The request took longer than it was given. Code `deadline-exceeded`. */
export class DeadlineExceededError extends ForetokenError {
  constructor(deadline: number) {
    super(`The request did not end within its deadline of ${deadline} ms. Give it more, or ask for fewer tokens.`, {
      code: 'deadline-exceeded',
      details: { deadline },
    });
  }
}

/** The engine was closed. Code `engine-closed`. */
export class EngineClosedError extends ForetokenError {
  constructor() {
    super('The engine was closed before the request ended.', { code: 'engine-closed' });
  }
}

/** The forward that this request had a part in failed; `cause` says how. Code `forward-failed`. */
export class ForwardFailedError extends ForetokenError {
  constructor(sequences: number, cause: unknown) {
    super(
      `The model's forward for ${sequences} sequences failed: ${cause instanceof Error ? cause.message : String(cause)}`,
      { code: 'forward-failed', details: { sequences }, cause },
    );
  }
}
