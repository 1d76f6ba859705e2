import { Counter, Histogram, type Registry } from 'prom-client';
import { FIRST_TOKEN_BUCKETS, INTER_TOKEN_BUCKETS, REQUEST_BUCKETS } from './latency-buckets.js';
import type { RequestObserver } from './request-observer.js';

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

/**
 * What single requests add to the metrics: latencies, and how they ended.
 *
 * @param now - milliseconds that never go back
 */
export function requestMetrics(registry: Registry, now = (): number => performance.now()) {
  const histogram = (name: string, help: string, buckets: number[]): Histogram =>
    new Histogram({ name: `foretoken_${name}`, help, buckets, registers: [registry] });
  const firstToken = histogram(
    'time_to_first_token_seconds',
    'From the submission of a request to its first token.',
    FIRST_TOKEN_BUCKETS,
  );
  const interToken = histogram(
    'inter_token_latency_seconds',
    'Between what one round yields and what the next does: the pauses that a reader sees.',
    INTER_TOKEN_BUCKETS,
  );
  const perToken = histogram(
    'request_time_per_output_token_seconds',
    'Mean time of a token after the first, by request.',
    INTER_TOKEN_BUCKETS,
  );
  const endToEnd = histogram(
    'e2e_request_latency_seconds',
    'From the submission of a request to its end, of those that were finished.',
    REQUEST_BUCKETS,
  );
  const queue = histogram(
    'request_queue_time_seconds',
    'From the submission of a request to its place in an engine.',
    REQUEST_BUCKETS,
  );
  const success = new Counter({
    name: 'foretoken_request_success_total',
    help: 'Finished requests by what ended them. Clients that went away are those with "abort".',
    labelNames: ['finished_reason'],
    registers: [registry],
  });
  const failures = new Counter({
    name: 'foretoken_request_failure_total',
    help: 'Requests that ended with an error of the engine, by its code.',
    labelNames: ['code'],
    registers: [registry],
  });
  const observe = (): Required<RequestObserver> => {
    const submitted = now();
    let first: number | undefined;
    let last = submitted;
    const seconds = (since: number): number => (now() - since) / 1000;
    return {
      started: ({ waitedMilliseconds }) => queue.observe(waitedMilliseconds / 1000),
      round: () => {
        if (first === undefined) firstToken.observe(seconds(submitted));
        else interToken.observe(seconds(last));
        last = now();
        first ??= last;
      },
      finished: (reason, statistics) => {
        success.inc({ finished_reason: reason });
        if (reason === 'abort') return;
        endToEnd.observe(seconds(submitted));
        const later = statistics.generatedTokens - 1;
        if (first !== undefined && later > 0) perToken.observe((last - first) / 1000 / later);
      },
      failed: (code) => failures.inc({ code: FAILURES.has(code) ? code : 'unexpected' }),
      left: () => success.inc({ finished_reason: 'abort' }),
    };
  };
  return { observe };
}
