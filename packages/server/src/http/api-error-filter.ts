import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { Response } from 'express';
import { toApiError } from './describe-error.js';

/** Answers with OpenAI's error bodies, whatever was thrown. */
@Catch()
export class ApiErrorFilter implements ExceptionFilter {
  readonly #onUnexpected: (error: unknown) => void;

  /** @param onUnexpected - told about errors that nobody foresaw */
  constructor(onUnexpected: (error: unknown) => void) {
    this.#onUnexpected = onUnexpected;
  }

  catch(error: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    const described = toApiError(error);
    if (described.code === 'internal_error') this.#onUnexpected(error);
    if (response.headersSent) {
      response.destroy();
      return;
    }
    response.status(described.status).set(described.headers).json(described.body);
  }
}
