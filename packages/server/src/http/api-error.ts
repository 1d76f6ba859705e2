import { ForetokenError } from '@foretoken/core';

/** Families of errors, as OpenAI's API names them. */
export type ApiErrorType = 'invalid_request_error' | 'server_error' | 'unavailable_error' | 'timeout_error';

export interface ApiErrorOptions {
  /** HTTP status. */
  readonly status: number;
  readonly type: ApiErrorType;
  /** In snake_case, as OpenAI's API writes codes. */
  readonly code: string;
  /** Path of the parameter that is at fault (`messages[0].content`). @default none */
  readonly param?: string;
  /** Seconds after which another attempt may succeed. @default none */
  readonly retryAfter?: number;
  readonly cause?: unknown;
}

/** The body of an error answer, as OpenAI's API has it. */
export interface ApiErrorBody {
  readonly error: {
    readonly message: string;
    readonly type: string;
    readonly param: string | null;
    readonly code: string | null;
  };
}

/** An error that is sent to the client as an error response. */
export class ApiError extends ForetokenError {
  readonly status: number;
  readonly type: ApiErrorType;
  readonly param: string | null;
  readonly retryAfter: number | undefined;

  constructor(message: string, options: ApiErrorOptions) {
    const { status, type, code, param, retryAfter, cause } = options;
    super(message, { code, details: { status, ...(param === undefined ? {} : { param }) }, cause });
    this.status = status;
    this.type = type;
    this.param = param ?? null;
    this.retryAfter = retryAfter;
  }

  get body(): ApiErrorBody {
    const { message, type, param, code } = this;
    return { error: { message, type, param, code } };
  }

  get headers(): Readonly<Record<string, string>> {
    return this.retryAfter === undefined ? {} : { 'retry-after': String(this.retryAfter) };
  }
}

/** 400: a parameter has a value that can't be used. */
export function invalidParameter(param: string, message: string, code = 'invalid_value'): ApiError {
  return new ApiError(message, { status: 400, type: 'invalid_request_error', code, param });
}

/** 404: another model than the one that is served. */
export function modelNotFound(model: string, served: readonly string[]): ApiError {
  const names = served.map((name) => JSON.stringify(name)).join(', ');
  return new ApiError(
    `The model ${JSON.stringify(model)} does not exist or is not served here. This server has ${names}.`,
    { status: 404, type: 'invalid_request_error', code: 'model_not_found', param: 'model' },
  );
}

/** 503: temporarily unavailable. */
export function unavailable(message: string, code: string, retryAfter: number): ApiError {
  return new ApiError(message, { status: 503, type: 'unavailable_error', code, retryAfter });
}
