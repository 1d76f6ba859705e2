import { inspect } from 'node:util';
import type { LoggerService } from '@nestjs/common';
import type { Logger } from 'pino';

/** Sends what Nest has to say into the server's log. What it tells of starting up is for `debug`. */
export class NestLogger implements LoggerService {
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  log(message: unknown, ...rest: readonly unknown[]): void {
    this.#logger.debug(contextOf(rest), textOf(message));
  }

  error(message: unknown, ...rest: readonly unknown[]): void {
    if (message instanceof Error) this.#logger.error({ ...contextOf(rest), err: message }, message.name);
    else this.#logger.error(contextOf(rest), textOf(message));
  }

  warn(message: unknown, ...rest: readonly unknown[]): void {
    this.#logger.warn(contextOf(rest), textOf(message));
  }

  debug(message: unknown, ...rest: readonly unknown[]): void {
    this.#logger.debug(contextOf(rest), textOf(message));
  }

  verbose(message: unknown, ...rest: readonly unknown[]): void {
    this.#logger.trace(contextOf(rest), textOf(message));
  }

  fatal(message: unknown, ...rest: readonly unknown[]): void {
    this.#logger.fatal(contextOf(rest), textOf(message));
  }
}

function textOf(message: unknown): string {
  return typeof message === 'string' ? message : inspect(message, { depth: 2 });
}

/** Nest appends where a message comes from, after a stack if there is one. */
function contextOf(rest: readonly unknown[]): { readonly context?: string } {
  const last = rest.at(-1);
  return typeof last === 'string' && !last.includes('\n') ? { context: last } : {};
}
