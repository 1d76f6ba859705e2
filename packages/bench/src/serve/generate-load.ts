import { setTimeout as wait } from 'node:timers/promises';

/**
 * How requests come. `closed`: so many at a time, the next one when one has ended, as a fixed number of users does.
 * `open`: at random times, whatever became of those before, as the world does; the intervals are exponential.
 */
export type Load =
  | { readonly kind: 'closed' /** Integer >= 1. */; readonly concurrency: number }
  | { readonly kind: 'open' /** Above 0. */; readonly requestsPerSecond: number };

/** What one load is made of. At least one limit is given; the first that is reached ends it. */
export interface LoadOptions<Result> {
  readonly load: Load;
  /** Sends request number `index`, from 0. */
  readonly send: (index: number) => Promise<Result>;
  /** Requests to send. @default no limit */
  readonly requests?: number;
  /** Milliseconds during which requests are sent; those under way then are waited for. @default no limit */
  readonly duration?: number;
  /** Uniform numbers in [0, 1) for the intervals of an open load. */
  readonly random: () => number;
  /** Milliseconds of a clock that never goes back. @default performance.now */
  readonly now?: () => number;
}

export interface LoadResult<Result> {
  /** In the order that the requests were sent in. */
  readonly results: readonly Result[];
  /** From the first request sent to the last one ended. */
  readonly milliseconds: number;
}

/** Puts a load on something and waits until every request has ended. Throws an `Error` without a limit, and what `send` rejects with. */
export async function generateLoad<Result>(options: LoadOptions<Result>): Promise<LoadResult<Result>> {
  const { load, send, requests = Number.POSITIVE_INFINITY, duration = Number.POSITIVE_INFINITY } = options;
  const { random, now = () => performance.now() } = options;
  if (!Number.isFinite(requests) && !Number.isFinite(duration)) throw new Error('A load needs a number or a duration.');
  const start = now();
  const results: Promise<Result>[] = [];
  const sendNext = (): Promise<Result> => {
    const result = send(results.length);
    results.push(result);
    return result;
  };
  const goesOn = (): boolean => results.length < requests && now() - start < duration;

  if (load.kind === 'closed') {
    const user = async (): Promise<void> => {
      while (goesOn()) await sendNext();
    };
    await Promise.all(Array.from({ length: load.concurrency }, user));
  } else {
    for (let at = start; goesOn(); at += (-Math.log(1 - random()) * 1000) / load.requestsPerSecond) {
      if (at > now()) await wait(at - now());
      // It is waited for below; a rejection before that must not end the process.
      if (goesOn()) sendNext().catch(() => {});
    }
  }
  return { results: await Promise.all(results), milliseconds: now() - start };
}
