import type { Logger } from 'pino';
import type { ServerConfiguration } from '../configuration/server-configuration.js';
import type { TextEngine } from '../engine/text-engine.js';
import { logAnswers } from '../logging/answer-log.js';
import { logBodies, requestLogging } from '../logging/request-logging.js';
import { logStandardRounds } from '../logging/speculation-log.js';
import { ObservedTextEngine } from '../metrics/observed-text-engine.js';
import { ServerMetrics } from '../metrics/server-metrics.js';
import type { ReadLongBody } from '../security/json-body.js';
import type { Middleware } from '../security/middleware.js';
import { securityMiddleware } from '../security/security-middleware.js';
import { createTracing } from '../tracing/tracing.js';

export interface Observability {
  /** The engine that everything is to be submitted to: its requests are counted, traced and, if asked for, logged. */
  readonly engine: TextEngine;
  readonly metrics: ServerMetrics;
  /**
   * Everything that stands before the routes, in order, for `app.use(...)`: ids, logs, counts, security, the body as
   * `request.body`. The application must be created with `bodyParser: false`.
   */
  readonly middleware: readonly Middleware[];
  /** Sends the traces that are left. After the last request has ended. */
  close(): Promise<void>;
}

/** Puts logs, metrics, traces and security around an engine that need not have started yet. */
export async function createObservability(options: {
  readonly configuration: Pick<ServerConfiguration, 'model' | 'host' | 'security' | 'logging' | 'tracingEndpoint'>;
  readonly engine: TextEngine;
  readonly logger: Logger;
  readonly readLongBody: ReadLongBody;
}): Promise<Observability> {
  const { configuration, engine, logger, readLongBody } = options;
  const { model, logging, tracingEndpoint } = configuration;
  const metrics = new ServerMetrics({ engine, model });
  const tracing = await createTracing({
    model,
    ...(tracingEndpoint === undefined ? {} : { endpoint: tracingEndpoint }),
    onProblem: (error) => logger.warn({ err: error }, 'traces could not be sent'),
  });
  return {
    engine: new ObservedTextEngine(engine, [
      metrics.requests,
      ...tracing.requests,
      logStandardRounds(logger),
      ...(logging.prompts ? [logAnswers(logger)] : []),
    ]),
    metrics,
    middleware: [
      requestLogging(logger),
      metrics.countResponses(),
      ...securityMiddleware(configuration, readLongBody),
      ...(logging.prompts ? [logBodies()] : []),
      ...tracing.middleware,
    ],
    close: () => tracing.close(),
  };
}
