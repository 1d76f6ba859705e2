import { inspect } from 'node:util';
import type { LoggerService } from '@nestjs/common';
import type { Logger } from 'pino';

/** Sends what Nest has to say into the server's log. What it tells of starting up is for `debug`. */
export function nestLogger(logger: Logger): LoggerService {
  const at =
    (level: 'trace' | 'debug' | 'warn' | 'error' | 'fatal') =>
    (message: unknown, ...rest: readonly unknown[]): void => {
      if (message instanceof Error) logger[level]({ ...contextOf(rest), err: message }, message.name);
      else logger[level](contextOf(rest), textOf(message));
    };
  return {
    ...{ log: at('debug'), error: at('error'), warn: at('warn') },
    ...{ debug: at('debug'), verbose: at('trace'), fatal: at('fatal') },
  };
}

function textOf(message: unknown): string {
  return typeof message === 'string' ? message : inspect(message, { depth: 2 });
}

/** Nest appends where a message comes from, after a stack if there is one. */
function contextOf(rest: readonly unknown[]): { readonly context?: string } {
  const last = rest.at(-1);
  return typeof last === 'string' && !last.includes('\n') ? { context: last } : {};
}
