import type { ModelText } from '@foretoken/backend';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Logger } from 'pino';
import type { ServerConfiguration } from '../configuration/server-configuration.js';
import type { TextEngine } from '../engine/text-engine.js';
import { ApiErrorFilter } from '../http/api-error-filter.js';
import { answerParserErrors } from '../http/parser-errors.js';
import { LateTextEngine } from '../lifecycle/late-text-engine.js';
import { LateTextWork } from '../lifecycle/late-text-work.js';
import { Lifecycle } from '../lifecycle/lifecycle.js';
import { createLogger } from '../logging/create-logger.js';
import { nestLogger } from '../logging/nest-logger.js';
import { createObservability } from '../observability/create-observability.js';
import { LongBodies } from '../openai/bodies/long-bodies.js';
import { serveApiDocument } from './api-document.js';
import { type ListeningPlace, listen } from './listen.js';
import { type LoadedParts, loadParts } from './load-parts.js';
import { serverModule } from './server-module.js';

export interface CreateServerOptions {
  /** Runs the requests, and is closed with the server. @default engines in child processes, as configured */
  readonly engine?: TextEngine;
  /** Tokenizer and chat template of the engine's model. @default those of the configured model */
  readonly text?: ModelText;
  /** @default JSON lines on stderr, as configured */
  readonly logger?: Logger;
}

/** A server that listens. */
export interface RunningServer extends ListeningPlace {
  /** Resolves when the model is loaded; rejects if it can't be loaded. Until then requests are answered with 503. */
  readonly ready: Promise<void>;
  /**
   * Accepts no new requests, waits for the running ones, and frees everything. Closing twice is harmless.
   *
   * @param options.deadline - milliseconds after which requests that still run are ended. Defaults to the configured
   * one.
   */
  close(options?: { readonly deadline?: number }): Promise<void>;
}

/**
 * Starts an OpenAI-compatible server. It listens at once and answers 503 while the model is loading.
 *
 * @throws {ForetokenError} `address-unavailable` for an address that can't be listened on. What keeps the model from
 *   loading rejects `ready`.
 *
 * @example
 * ```ts
 * import { createServer } from '@foretoken/server';
 * import { completeConfiguration } from '@foretoken/server/configuration';
 *
 * const server = await createServer(completeConfiguration({ port: 0 }));
 * await server.ready;
 * console.log(server.url);
 * ```
 */
export async function createServer(
  configuration: ServerConfiguration,
  options: CreateServerOptions = {},
): Promise<RunningServer> {
  const logger = options.logger ?? createLogger({ logging: configuration.logging });
  const engine = new LateTextEngine();
  const text = new LateTextWork();
  const longBodies = new LongBodies();
  const observability = await createObservability({
    configuration,
    engine,
    logger,
    readLongBody: (bytes, request, signal) => longBodies.read(bytes, request, signal),
  });
  const lifecycle = new Lifecycle(engine);
  const parts = { ...observability, configuration, text, lifecycle, logger };
  const application = await NestFactory.create<NestExpressApplication>(serverModule(parts), {
    bodyParser: false,
    logger: nestLogger(logger),
    abortOnError: false,
    forceCloseConnections: true,
  });
  application.disable('x-powered-by');
  application.set('query parser', 'simple');
  for (const middleware of observability.middleware) application.use(middleware);
  application.useGlobalFilters(new ApiErrorFilter((error) => logger.error({ err: error }, 'a request failed')));
  serveApiDocument(application);
  answerParserErrors(application.getHttpServer());
  const place = await listen(application, configuration);
  const stopping = new AbortController();
  const loading = loadParts(configuration, options, { logger, signal: stopping.signal });
  const ready = finishLoading(loading, { engine, text, lifecycle, logger });
  // Whoever does not look at `ready` sees it in the log and in every answer.
  ready.catch(() => {});
  logger.info({ url: place.url, model: configuration.model }, 'listening');

  let closing: Promise<void> | undefined;
  const close = async (deadline: number): Promise<void> => {
    logger.info({ running: lifecycle.running }, 'closing');
    await lifecycle.drain(deadline);
    stopping.abort();
    await loading.catch(() => {});
    await engine.close();
    await text.close();
    await longBodies.close();
    await application.close();
    await observability.close();
    logger.info('closed');
  };
  return {
    ...place,
    ready,
    close(closeOptions = {}) {
      closing ??= close(closeOptions.deadline ?? configuration.shutdownDeadline);
      return closing;
    },
  };
}

async function finishLoading(
  loading: Promise<LoadedParts>,
  parts: {
    readonly engine: LateTextEngine;
    readonly text: LateTextWork;
    readonly lifecycle: Lifecycle;
    readonly logger: Logger;
  },
): Promise<void> {
  const { engine, text, lifecycle, logger } = parts;
  try {
    const loaded = await loading;
    text.arrive(loaded.work);
    engine.arrive(loaded.engine);
    logger.info({ ...loaded.engine.description }, 'ready');
  } catch (error) {
    engine.fail();
    lifecycle.fail();
    logger.error({ err: error }, 'the model could not be loaded');
    throw error;
  }
}
