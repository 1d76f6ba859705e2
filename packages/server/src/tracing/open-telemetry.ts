import { setTimeout as wait } from 'node:timers/promises';
import { ForetokenError } from '@foretoken/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace-base';
import { spanObservers } from './request-span.js';
import { rememberParent } from './trace-context.js';
import type { Tracing } from './tracing.js';

/** Milliseconds that what is left gets at shutdown. */
const FLUSH_TIME = 5_000;

/** Traces over OTLP/HTTP. Headers, sampling and the service's name come from OpenTelemetry's own `OTEL_…` variables. */
export function createOpenTelemetry(options: {
  readonly url: string;
  readonly model: string;
  readonly onProblem: (error: unknown) => void;
}): Tracing {
  const { url, model, onProblem } = options;
  const exporter = reporting(new OTLPTraceExporter({ url }), onProblem);
  const provider = new BasicTracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': 'foretoken' }))
      // OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES.
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  });
  return {
    requests: [spanObservers({ tracer: provider.getTracer('@foretoken/server'), model })],
    middleware: [rememberParent],
    close: async () => {
      const over = new AbortController();
      const late = wait(FLUSH_TIME, true, { signal: over.signal }).catch(() => false);
      if ((await Promise.race([provider.shutdown().catch(onProblem), late])) === true) onProblem(new TracesLeftError());
      over.abort();
    },
  };
}

/** Traces could not be sent before the server had to go. Code `traces-left`. */
class TracesLeftError extends ForetokenError {
  constructor() {
    super(`The last traces could not be sent within ${FLUSH_TIME} ms.`, { code: 'traces-left' });
  }
}

/** The processor would send failures to OpenTelemetry's global error handler, which belongs to whoever owns the process. */
function reporting(exporter: SpanExporter, onProblem: (error: unknown) => void): SpanExporter {
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        if (result.error !== undefined) onProblem(result.error);
        done({ ...result, code: 0 });
      }),
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => exporter.forceFlush?.(),
  };
}
