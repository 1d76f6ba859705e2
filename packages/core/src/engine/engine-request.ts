import type { DraftController } from '../contracts/draft-controller.js';
import type { Drafter } from '../contracts/drafter.js';
import type { GenerationEvent } from '../contracts/generation-event.js';
import type { GenerationRequest } from '../decoding/generation-request.js';
import type { EngineTotals } from './engine-totals.js';

/** One generation among many. */
export interface EngineRequest extends GenerationRequest {
  /** The drafters of this request. Names must differ. @default none */
  readonly drafters?: readonly Drafter[];
  /** Decides what is guessed in each round. Must not be shared with a request that runs at the same time. */
  readonly controller: DraftController;
  /**
   * The tenant of the request, for fair scheduling: the next request is that of the tenant that has received the fewest
   * tokens, however many requests it has. @default ''
   */
  readonly tenant?: string;
  /**
   * KV entries of this request's tokens are shared only with requests of the same scope, because a client can detect
   * how much of its prompt was in the cache already. @default ''
   */
  readonly prefixScope?: string;
  /** Milliseconds from submission after which the request ends with `DeadlineExceededError`. Above 0. @default never */
  readonly deadline?: number;
}

/** What the engine yields: `started` once the request has a place, one event a round, then one `finish`. */
export type EngineEvent =
  | {
      readonly kind: 'started';
      /** From submission. */
      readonly waitedMilliseconds: number;
      /** Prompt tokens whose KV entries were reused from another request of the same scope. */
      readonly reusedPromptTokens: number;
    }
  | GenerationEvent;

/** The current state of the engine, and its counters since it was created. */
export interface EngineStatistics {
  /** Requests with a place in the KV cache. */
  readonly running: number;
  /** Requests that wait for one, preempted ones included. */
  readonly waiting: number;
  /** Tokens in the KV cache of running requests. */
  readonly kvTokens: number;
  /** Tokens that running requests may have there together. */
  readonly kvCapacity: number;
  readonly totals: EngineTotals;
}
