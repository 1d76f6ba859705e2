import { ForetokenError } from '@foretoken/core';
import { HttpException } from '@nestjs/common';
import { ApiError, type ApiErrorOptions } from './api-error.js';

/** Which parameters an engine's errors are about. */
export interface ErrorContext {
  /** Where the prompt came from. @default none */
  readonly prompt?: 'messages' | 'prompt' | 'input';
  /** Where the constraint came from. @default none */
  readonly constraint?: string | undefined;
}

/** Seconds after which an engine that fell is likely to be back. */
const RESTART_SECONDS = 5;

/**
 * An error in the words that a client gets. What nobody foresaw becomes a plain 500: neither its text nor its stack
 * leave the server.
 */
export function toApiError(error: unknown, context: ErrorContext = {}): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof HttpException) return fromHttp(error);
  if (error instanceof ForetokenError) {
    const options = optionsOf(error, context);
    if (options !== undefined) return new ApiError(error.message, { ...options, cause: error });
  }
  const status = statusOf(error);
  if (status !== undefined) {
    return new ApiError('The request is malformed.', {
      status,
      type: 'invalid_request_error',
      code: 'malformed_request',
      cause: error,
    });
  }
  return new ApiError('The server had an error while processing your request.', {
    status: 500,
    type: 'server_error',
    code: 'internal_error',
    cause: error,
  });
}

function optionsOf(error: ForetokenError, context: ErrorContext): ApiErrorOptions | undefined {
  const invalid = (code: string, param?: string): ApiErrorOptions => ({
    status: 400,
    type: 'invalid_request_error',
    code,
    ...(param === undefined ? {} : { param }),
  });
  switch (error.code) {
    case 'prompt-too-long':
      return invalid('context_length_exceeded', context.prompt);
    case 'invalid-argument':
      return invalid('invalid_value', parameterOf(error));
    case 'invalid-constraint':
      return invalid('invalid_constraint', context.constraint);
    case 'repeated-items':
      return { ...invalid('repeated_items', context.constraint), status: 422 };
    case 'draft-unavailable':
      return invalid('draft_unavailable', 'speculation.draft');
    case 'chat-template':
      return invalid('invalid_messages', 'messages');
    case 'queue-full':
    case 'engine-closed':
    case 'engine-unavailable':
    case 'constraint-unavailable':
    case 'text-unavailable':
      return {
        status: 503,
        type: 'unavailable_error',
        code: error.code.replaceAll('-', '_'),
        retryAfter: retryAfterOf(error),
      };
    case 'invalid-tools':
      return invalid('invalid_tools', textOf(error.details.parameter));
    case 'deadline-exceeded':
      return { status: 504, type: 'timeout_error', code: 'deadline_exceeded' };
    case 'engine-died':
      return { status: 500, type: 'server_error', code: 'engine_died' };
    default:
      return undefined;
  }
}

function retryAfterOf(error: ForetokenError): number {
  const { retryAfterSeconds } = error.details;
  return typeof retryAfterSeconds === 'number' ? Math.max(1, Math.ceil(retryAfterSeconds)) : RESTART_SECONDS;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** The sampler's options that are parameters, under their names in snake case. */
const SAMPLER_OPTIONS: ReadonlySet<unknown> = new Set([
  ...['logitBias', 'temperature', 'topK', 'topP', 'minP', 'seed'],
  ...['repetitionPenalty', 'presencePenalty', 'frequencyPenalty'],
]);

/** The parameter of a sampler's option, where the error names one. */
function parameterOf(error: ForetokenError): string | undefined {
  const { option } = error.details;
  if (!SAMPLER_OPTIONS.has(option)) return undefined;
  return String(option).replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function fromHttp(error: HttpException): ApiError {
  const status = error.getStatus();
  const options = { status, cause: error };
  if (status === 503)
    return new ApiError(error.message, { ...options, type: 'unavailable_error', code: 'unavailable' });
  if (status >= 500) return new ApiError(error.message, { ...options, type: 'server_error', code: 'internal_error' });
  const code = status === 404 ? 'not_found' : 'invalid_request';
  return new ApiError(error.message, { ...options, type: 'invalid_request_error', code });
}

/** Client errors of express, which carry their status. */
function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('status' in error)) return undefined;
  const { status } = error;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}
