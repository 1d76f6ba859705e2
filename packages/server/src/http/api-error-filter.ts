import { type ArgumentsHost, Catch, type ExceptionFilter, NotFoundException } from '@nestjs/common';
import type { Request, Response } from 'express';
import { pathOf } from '../security/middleware.js';
import { ApiError } from './api-error.js';
import { toApiError } from './describe-error.js';
import { adviceFor, isOllama } from './unknown-url.js';

/** Answers with OpenAI's error bodies, whatever was thrown. */
@Catch()
export class ApiErrorFilter implements ExceptionFilter {
  /** @param onUnexpected - told about errors that nobody foresaw */
  constructor(private readonly onUnexpected: (error: unknown) => void) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    if (error instanceof NotFoundException) {
      refuseUrl(host.switchToHttp().getRequest<Request>(), response);
      return;
    }
    const described = toApiError(error);
    if (described.code === 'internal_error') this.onUnexpected(error);
    if (response.headersSent) {
      response.destroy();
      return;
    }
    response.status(described.status).set(described.headers).json(described.body);
  }
}

/** Answers a request for what does not exist: only the router throws Nest's own exception. */
function refuseUrl(request: Request, response: Response): void {
  const path = pathOf(request).slice(0, 512);
  const advice = adviceFor(request.method, path);
  const message = `Invalid URL (${request.method} ${path})${advice === undefined ? '' : `. ${advice}`}`;
  const { body } = new ApiError(message, { status: 404, type: 'invalid_request_error', code: 'not_found' });
  response.status(404).json(isOllama(path) ? { error: message } : body);
}
