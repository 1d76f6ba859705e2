import type { EngineTotals } from '@foretoken/core';
import type { EngineDescription, EngineProcessSnapshot, EngineState } from '../engine/text-engine.js';
import type { GpuReading } from '../metrics/gpu-readings.js';

/** What the page at `/` is sent: one `history` event, then a `sample` each interval. */
export type FeedEvent =
  | { readonly kind: 'history'; readonly history: FeedHistory }
  | { readonly kind: 'sample'; readonly sample: FeedSample };

export interface FeedHistory {
  /** Milliseconds between samples. */
  readonly interval: number;
  readonly capacity: number;
  /** Oldest first. */
  readonly points: readonly FeedPoint[];
  /** The latest, if there was one. */
  readonly status: FeedStatus | undefined;
}

export interface FeedSample {
  readonly point: FeedPoint;
  readonly status: FeedStatus;
}

/** What is drawn over time. `null`: nothing to measure it by at that time. */
export interface FeedPoint {
  /** Milliseconds since 1970. */
  readonly time: number;
  /** Generated tokens a second, over the interval before. */
  readonly tokensPerSecond: number | null;
  /** Accepted guesses / guesses, over the window before, in [0, 1]. */
  readonly acceptanceRate: number | null;
  /** Estimated speed against standard decoding, over the window before. */
  readonly speedup: number | null;
  /** Mean depth of the plans chosen over the interval before; a standard round counts as 0. */
  readonly depth: number | null;
  readonly running: number;
  readonly waiting: number;
  /** Resident bytes of the server, and of engines in processes of their own. */
  readonly serverBytes: number;
  readonly enginesBytes: number;
}

/** What is shown of now only. */
export interface FeedStatus {
  readonly state: EngineState;
  readonly description: EngineDescription | undefined;
  readonly engines: readonly FeedEngine[];
  readonly gpus: readonly GpuReading[];
  /** Since the server started. */
  readonly total: SpeculationSummary;
  /** Over the last minute. */
  readonly window: SpeculationSummary;
  readonly requests: Pick<EngineTotals, 'finished' | 'aborted' | 'failed' | 'refused' | 'preemptions'>;
  readonly kvTokens: number;
  readonly kvCapacity: number;
  /** Of the server. */
  readonly uptimeSeconds: number;
}

export type FeedEngine = Omit<EngineProcessSnapshot, 'statistics'> & { readonly running: number };

/** What speculation brought over a time. */
export interface SpeculationSummary {
  readonly rounds: number;
  readonly standardRounds: number;
  readonly acceptanceRate: number | null;
  /** Tokens a round. 1: speculation brings nothing. */
  readonly acceptanceLength: number | null;
  readonly speedup: number | null;
  /** Index d: rounds whose guess at depth d was accepted / rounds with guesses, in [0, 1]. */
  readonly acceptedPerDepth: readonly number[];
  /** Share of the rounds that chose a plan, largest first: `standard`, or `<drafter>:<depth>`. */
  readonly plans: readonly { readonly plan: string; readonly share: number }[];
  readonly fallbacks: readonly { readonly cause: string; readonly count: number }[];
  /** Why rounds had no guesses, most frequent first. */
  readonly standardReasons: readonly { readonly reason: string; readonly count: number }[];
  /** Mean milliseconds of a round. */
  readonly milliseconds: { readonly draft: number; readonly forward: number; readonly verify: number } | null;
}
