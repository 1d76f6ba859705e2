import type { RequestObservers } from '../metrics/request-observer.js';
import type { Middleware } from '../security/middleware.js';

/** Where the course of requests goes. */
export interface Tracing {
  /** One span a request. None where nothing is traced. */
  readonly requests: readonly RequestObservers[];
  /** Carries the trace that a request belongs to (`traceparent`) to its span. */
  readonly middleware: readonly Middleware[];
  /** Sends what is left, within a few seconds. Never throws. */
  close(): Promise<void>;
}

export interface CreateTracingOptions {
  /** An OTLP/HTTP endpoint; `/v1/traces` is appended unless it ends so. @default nothing is traced */
  readonly endpoint?: string;
  readonly model: string;
  /** Told when spans could not be sent. */
  readonly onProblem: (error: unknown) => void;
}

/** OpenTelemetry is loaded only where there is an endpoint. */
export async function createTracing(options: CreateTracingOptions): Promise<Tracing> {
  const { endpoint, model, onProblem } = options;
  if (endpoint === undefined) return { requests: [], middleware: [], close: async () => {} };
  const { createOpenTelemetry } = await import('./open-telemetry.js');
  return createOpenTelemetry({ url: tracesUrl(endpoint), model, onProblem });
}

/** As OpenTelemetry has it for OTEL_EXPORTER_OTLP_ENDPOINT: the signal's path goes below the endpoint's. */
export function tracesUrl(endpoint: string): string {
  return /\/v1\/traces\/?$/.test(endpoint) ? endpoint : `${endpoint.replace(/\/+$/, '')}/v1/traces`;
}
