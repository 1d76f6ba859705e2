import type { TensorFlowReport } from '@foretoken/tensorflow';
import type { BenchmarkRecord } from '../results/record.js';

/** One way of running a forward pass. */
export type ForwardTarget = 'fused' | 'graph' | 'eager-native' | 'wasm';

/** One forward pass. */
export interface ForwardSample {
  readonly target: ForwardTarget;
  readonly round: number;
  /** New tokens of the pass, T. */
  readonly tokens: number;
  readonly milliseconds: number;
}

/** What became of one target. */
export type TargetRecord = { readonly target: ForwardTarget } & (
  | {
      readonly state: 'measured';
      readonly device: string;
      readonly executor: string;
      readonly versions: TensorFlowReport['versions'];
    }
  | { readonly state: 'unavailable'; readonly reason: string }
);

export interface ForwardOptions {
  readonly model: string;
  readonly rounds: number;
  /** Tokens in the KV cache before each pass. */
  readonly prefix: number;
  readonly tokenCounts: readonly number[];
}

/** Result of `bench:forward`. */
export interface ForwardRecord extends BenchmarkRecord<ForwardOptions, ForwardSample> {
  readonly targets: readonly TargetRecord[];
  /** Weights that one pass reads. */
  readonly weightBytes: number;
  /** Reading memory with the native device: the sum of a tensor far larger than any cache, in the graph's process. */
  readonly memoryRead?: { readonly bytes: number; readonly milliseconds: readonly number[] };
}
