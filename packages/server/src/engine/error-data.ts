import {
  DeadlineExceededError,
  EngineClosedError,
  ForetokenError,
  InvalidArgumentError,
  QueueFullError,
} from '@foretoken/core';

/** An error as plain data. */
export interface ErrorData {
  readonly name: string;
  readonly message: string;
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** Code of errors that nobody throws on purpose. */
const FAULT = 'engine-fault';

/** What of an error crosses to another process. Details that can't be sent stay behind. */
export function errorToData(error: unknown): ErrorData {
  if (error instanceof ForetokenError) {
    const { name, message, code, details } = error;
    return { name, message, code, details: sendable(details) };
  }
  const reason = error instanceof Error ? error.message : String(error);
  return { name: 'ForetokenError', message: `The engine failed: ${reason}`, code: FAULT, details: {} };
}

/**
 * The error again: with its code and details, of its own class where that has more than these. Whoever tells errors apart
 * does so by `code`.
 */
export function reviveError({ name, message, code, details }: ErrorData): ForetokenError {
  const { queue, retryAfterSeconds, deadline } = details;
  if (code === 'queue-full' && typeof queue === 'number' && typeof retryAfterSeconds === 'number') {
    return new QueueFullError(queue, retryAfterSeconds);
  }
  if (code === 'deadline-exceeded' && typeof deadline === 'number') return new DeadlineExceededError(deadline);
  if (code === 'engine-closed') return new EngineClosedError();
  if (code === 'invalid-argument') return new InvalidArgumentError(message, details);
  const error = new ForetokenError(message, { code, details });
  error.name = name;
  return error;
}

function sendable(details: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  try {
    return structuredClone(details);
  } catch {
    return {};
  }
}
