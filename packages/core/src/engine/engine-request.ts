import type { DraftController } from '../contracts/draft-controller.js';
import type { Drafter } from '../contracts/drafter.js';
import type { TokenEvent } from '../contracts/token-event.js';
import type { GenerationRequest } from '../decoding/generation-request.js';
import type { EngineTotals } from './engine-totals.js';

/** One generation among many. */
export interface EngineRequest extends GenerationRequest {
  /** Guess what the target will choose for this request. Names must differ. @default none */
  readonly drafters?: readonly Drafter[];
  /** Decides each round of this request. Must not be shared with a request that runs at the same time. */
  readonly controller: DraftController;
  /**
   * Whom the request is counted for while it waits: the tenant that has had fewest tokens comes next, whoever has more
   * requests. @default ''
   */
  readonly tenant?: string;
  /**
   * KV entries of this request's tokens are shared only with requests of the same scope: how much of a prompt another one
   * had read is something that its sender can tell. @default ''
   */
  readonly prefixScope?: string;
  /** Milliseconds from submission after which the request ends with `DeadlineExceededError`. Above 0. @default never */
  readonly deadline?: number;
}

/** What the engine yields: `started` once the request has a place, one event a token, then one `finish`. */
export type EngineEvent =
  | {
      readonly kind: 'started';
      /** From submission. */
      readonly waitedMilliseconds: number;
      /** Prompt tokens whose KV entries another request of the same scope had left or shares. */
      readonly reusedPromptTokens: number;
    }
  | TokenEvent;

/** What the engine is doing, and has done since it began. */
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
