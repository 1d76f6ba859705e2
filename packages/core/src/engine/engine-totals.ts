import type { DecodingStatistics } from '../contracts/decoding-statistics.js';
import { NO_STATISTICS } from '../decoding/statistics.js';

/** Sums over all requests that were started, and what became of requests. */
export interface EngineTotals extends DecodingStatistics {
  readonly submitted: number;
  readonly finished: number;
  readonly aborted: number;
  readonly failed: number;
  /** Refused because the queue was full. */
  readonly refused: number;
  /** Times that a running request had to give its place back and wait again. */
  readonly preemptions: number;
  /** Forwards of the target. */
  readonly forwards: number;
}

/** Nothing was done. */
export const NO_TOTALS: EngineTotals = {
  ...NO_STATISTICS,
  submitted: 0,
  finished: 0,
  aborted: 0,
  failed: 0,
  refused: 0,
  preemptions: 0,
  forwards: 0,
};
