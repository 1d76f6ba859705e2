import type { DecodingStatistics, FinishReason } from '@foretoken/core';
import type { RoundView, TextRequest } from '../engine/text-engine.js';

/** Follows one generation from its submission to its end: exactly one of `finished`, `failed` and `left` comes last. */
export interface RequestObserver {
  /** It has a place in an engine. */
  started(info: { readonly waitedMilliseconds: number; readonly reusedPromptTokens: number }): void;
  /** Tokens that came together, with their text: in speculative decoding those of one round. */
  tokens(count: number, text: string): void;
  /** Only where `wantsRounds`. */
  round(round: RoundView): void;
  /** @param text - that was held back until the end */
  finished(reason: FinishReason, statistics: DecodingStatistics, text: string): void;
  /** @param code - of the `ForetokenError`, or `unexpected` */
  failed(code: string): void;
  /** Whoever read it stopped before its end. */
  left(): void;
}

/** Makes the observers of requests. */
export interface RequestObservers {
  /** Whether the observers want to see rounds, which cost a message each. */
  readonly wantsRounds: boolean;
  observe(request: TextRequest): RequestObserver;
}
