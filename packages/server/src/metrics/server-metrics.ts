import type { IncomingMessage, ServerResponse } from 'node:http';
import { Counter, collectDefaultMetrics, Registry } from 'prom-client';
import type { TextEngine } from '../engine/text-engine.js';
import type { Middleware } from '../security/middleware.js';
import { registerEngineMetrics } from './engine-metrics.js';
import { registerGpuMetrics } from './gpu-metrics.js';
import { GpuReadings } from './gpu-readings.js';
import { requestMetrics } from './request-metrics.js';
import type { RequestObservers } from './request-observer.js';

/** The server's metrics, in a registry of their own, so that several servers in one process don't meet. */
export class ServerMetrics {
  readonly #registry = new Registry();
  readonly #responses: Counter<'method' | 'status'>;
  /** To be told of every request. */
  readonly requests: RequestObservers;
  readonly gpus: GpuReadings;

  constructor(options: {
    readonly engine: Pick<TextEngine, 'snapshot'>;
    /** Name of the model, a label of everything. */
    readonly model: string;
    /** @default those of nvidia-smi */
    readonly gpus?: GpuReadings;
  }) {
    const { engine, model, gpus = new GpuReadings() } = options;
    const registry = this.#registry;
    registry.setDefaultLabels({ model_name: model });
    registerEngineMetrics({ registry, snapshot: () => engine.snapshot() });
    registerGpuMetrics(registry, gpus);
    this.gpus = gpus;
    this.requests = requestMetrics(registry);
    this.#responses = new Counter({
      name: 'foretoken_http_responses_total',
      help: 'Responses by method and status; "gone": the client went away before the end.',
      labelNames: ['method', 'status'],
      registers: [registry],
    });
    // Memory, CPU time, event loop and garbage collection of this process: the one that speaks HTTP.
    collectDefaultMetrics({ register: registry, prefix: 'foretoken_' });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** In Prometheus' text format. What there is no measurement of yet, as of the event loop at the start, is left out. */
  async text(): Promise<string> {
    return (await this.#registry.metrics()).replace(/^.* nan$\n?/gim, '');
  }

  countResponses(): Middleware {
    return (request, response, next) => {
      response.once('close', () => this.#responses.inc({ method: methodOf(request), status: statusOf(response) }));
      next();
    };
  }
}

/** Others are counted as one: a client can send any method. */
function methodOf({ method = '' }: IncomingMessage): string {
  return ['GET', 'HEAD', 'POST', 'OPTIONS'].includes(method) ? method : 'other';
}

function statusOf(response: ServerResponse): string {
  return response.writableFinished ? String(response.statusCode) : 'gone';
}
