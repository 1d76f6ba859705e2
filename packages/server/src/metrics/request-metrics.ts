import { Counter, Histogram, type Registry } from 'prom-client';
import { FIRST_TOKEN_BUCKETS, INTER_TOKEN_BUCKETS, REQUEST_BUCKETS } from './latency-buckets.js';
import type { RequestObserver, RequestObservers } from './request-observer.js';

/** Codes that requests fail with. Anything else is counted as `unexpected`, so that the label stays small. */
const FAILURES: ReadonlySet<string> = new Set([
  'queue-full',
  'deadline-exceeded',
  'engine-closed',
  'engine-died',
  'engine-unavailable',
  'prompt-too-long',
  'invalid-argument',
  'invalid-constraint',
  'draft-unavailable',
  'model_loading',
]);

/** What single requests add to the metrics: latencies, and how they ended. */
export class RequestMetrics implements RequestObservers {
  readonly #now: () => number;
  readonly #firstToken: Histogram;
  readonly #interToken: Histogram;
  readonly #perToken: Histogram;
  readonly #endToEnd: Histogram;
  readonly #queue: Histogram;
  readonly #success: Counter<'finished_reason'>;
  readonly #failures: Counter<'code'>;

  /** @param options.now milliseconds that never go back */
  constructor(options: { readonly registry: Registry; readonly now?: () => number }) {
    const { registry, now = () => performance.now() } = options;
    this.#now = now;
    const histogram = (name: string, help: string, buckets: number[]): Histogram =>
      new Histogram({ name: `foretoken_${name}`, help, buckets, registers: [registry] });
    this.#firstToken = histogram(
      'time_to_first_token_seconds',
      'From the submission of a request to its first token.',
      FIRST_TOKEN_BUCKETS,
    );
    this.#interToken = histogram(
      'inter_token_latency_seconds',
      'Between what one round yields and what the next does: the pauses that a reader sees.',
      INTER_TOKEN_BUCKETS,
    );
    this.#perToken = histogram(
      'request_time_per_output_token_seconds',
      'Mean time of a token after the first, by request.',
      INTER_TOKEN_BUCKETS,
    );
    this.#endToEnd = histogram(
      'e2e_request_latency_seconds',
      'From the submission of a request to its end, of those that were finished.',
      REQUEST_BUCKETS,
    );
    this.#queue = histogram(
      'request_queue_time_seconds',
      'From the submission of a request to its place in an engine.',
      REQUEST_BUCKETS,
    );
    this.#success = new Counter({
      name: 'foretoken_request_success_total',
      help: 'Finished requests by what ended them. Clients that went away are those with "abort".',
      labelNames: ['finished_reason'],
      registers: [registry],
    });
    this.#failures = new Counter({
      name: 'foretoken_request_failure_total',
      help: 'Requests that ended with an error of the engine, by its code.',
      labelNames: ['code'],
      registers: [registry],
    });
  }

  observe(): Required<RequestObserver> {
    const submitted = this.#now();
    let first: number | undefined;
    let last = submitted;
    const seconds = (since: number): number => (this.#now() - since) / 1000;
    return {
      started: ({ waitedMilliseconds }) => this.#queue.observe(waitedMilliseconds / 1000),
      round: () => {
        if (first === undefined) this.#firstToken.observe(seconds(submitted));
        else this.#interToken.observe(seconds(last));
        last = this.#now();
        first ??= last;
      },
      finished: (reason, statistics) => {
        this.#success.inc({ finished_reason: reason });
        if (reason === 'abort') return;
        this.#endToEnd.observe(seconds(submitted));
        const later = statistics.generatedTokens - 1;
        if (first !== undefined && later > 0) this.#perToken.observe((last - first) / 1000 / later);
      },
      failed: (code) => this.#failures.inc({ code: FAILURES.has(code) ? code : 'unexpected' }),
      left: () => this.#success.inc({ finished_reason: 'abort' }),
    };
  }
}
