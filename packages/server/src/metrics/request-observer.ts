import type { DecodingStatistics, FinishReason } from '@foretoken/core';
import type { TextRequest, TextRound } from '../engine/text-engine.js';

/**
 * Follows one generation from its submission to its end: exactly one of `finished`, `failed` and `left` comes last.
 * What an observer has no method for it is not told.
 */
export interface RequestObserver {
  /** It has a place in an engine. */
  started?(info: { readonly waitedMilliseconds: number; readonly reusedPromptTokens: number }): void;
  /** A round brought tokens. It has a view only where `wantsViews`. */
  round?(round: TextRound): void;
  /** @param text - that was held back until the end */
  finished?(reason: FinishReason, statistics: DecodingStatistics, text: string): void;
  /** @param code - of the `ForetokenError`, or `unexpected` */
  failed?(code: string): void;
  /** Whoever read it stopped before its end. */
  left?(): void;
}

/** Makes the observers of requests. */
export interface RequestObservers {
  /** Whether the observers want views of rounds, which are large. @default false */
  readonly wantsViews?: boolean;
  observe(request: TextRequest): RequestObserver;
}
