// Enough for every client of a busy minute; what is forgotten at worst gives a client its full allowance once more.
const MOST_CALLERS = 10_000;

interface Bucket {
  tokens: number;
  /** Milliseconds. */
  at: number;
}

/** What taking a token came to. */
export type Taken =
  | { readonly kind: 'granted'; readonly remaining: number }
  | { readonly kind: 'refused' /** Seconds until there is a token. */; readonly retryAfter: number };

/** One token bucket a caller: `perMinute` requests at once, refilled evenly over a minute. */
export class TokenBuckets {
  readonly perMinute: number;
  readonly #now: () => number;
  readonly #buckets = new Map<string, Bucket>();

  /** @param options.now milliseconds that never go back */
  constructor(options: { readonly perMinute: number; readonly now?: () => number }) {
    this.perMinute = options.perMinute;
    this.#now = options.now ?? (() => performance.now());
  }

  take(caller: string): Taken {
    const now = this.#now();
    const known = this.#buckets.get(caller);
    const tokens = known === undefined ? this.perMinute : this.#filled(known, now);
    // Taken out and put back, so that the map is in order of use.
    this.#buckets.delete(caller);
    const granted = tokens >= 1;
    this.#buckets.set(caller, { tokens: granted ? tokens - 1 : tokens, at: now });
    if (this.#buckets.size > MOST_CALLERS) this.#forget(now);
    if (granted) return { kind: 'granted', remaining: Math.floor(tokens - 1) };
    return { kind: 'refused', retryAfter: Math.max(1, Math.ceil(((1 - tokens) * 60) / this.perMinute)) };
  }

  /** Callers that are remembered. */
  get size(): number {
    return this.#buckets.size;
  }

  #filled(bucket: Bucket, now: number): number {
    return Math.min(this.perMinute, bucket.tokens + ((now - bucket.at) * this.perMinute) / 60_000);
  }

  /** A full bucket is as good as none; then whoever was longest away goes. */
  #forget(now: number): void {
    for (const [caller, bucket] of this.#buckets) {
      if (this.#filled(bucket, now) >= this.perMinute) this.#buckets.delete(caller);
    }
    for (const caller of this.#buckets.keys()) {
      if (this.#buckets.size <= MOST_CALLERS / 2) break;
      this.#buckets.delete(caller);
    }
  }
}
