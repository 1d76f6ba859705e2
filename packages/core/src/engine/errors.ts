import { ForetokenError } from '../errors.js';

/** The queue is full. Code `queue-full`. */
export class QueueFullError extends ForetokenError {
  /** Estimated seconds until a place in the queue is free. */
  readonly retryAfterSeconds: number;

  constructor(queue: number, retryAfterSeconds: number) {
    super(`${queue} requests are waiting already, which is the most. Try again in ${retryAfterSeconds} s.`, {
      code: 'queue-full',
      details: { queue, retryAfterSeconds },
    });
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** The request took longer than its deadline. Code `deadline-exceeded`. */
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

/** The forward pass that included this request failed; `cause` says why. Code `forward-failed`. */
export class ForwardFailedError extends ForetokenError {
  constructor(sequences: number, cause: unknown) {
    super(
      `The model's forward for ${sequences} sequences failed: ${cause instanceof Error ? cause.message : String(cause)}`,
      { code: 'forward-failed', details: { sequences }, cause },
    );
  }
}
