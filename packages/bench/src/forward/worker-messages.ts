import type { ExecutorKind } from '@foretoken/backend';
import type { TensorFlowReport } from '@foretoken/tensorflow';

/** What a worker process is told, one request at a time. */
export type WorkerRequest =
  | {
      readonly kind: 'load';
      readonly model: string;
      readonly device: 'auto' | 'cuda' | 'cpu' | 'wasm' | 'js';
      readonly executor: ExecutorKind;
      /** Tokens to put into the KV cache. */
      readonly prefix: number;
    }
  /** Run a pass of this many tokens and drop it again. */
  | { readonly kind: 'forward'; readonly tokens: number }
  /** Read this much memory once. */
  | { readonly kind: 'read-memory'; readonly bytes: number };

/** What it answers. */
export type WorkerReply =
  | {
      readonly kind: 'loaded';
      readonly name: string;
      readonly device: string;
      readonly executor: string;
      readonly versions: TensorFlowReport['versions'];
      readonly weightBytes: number;
    }
  | { readonly kind: 'measured'; readonly milliseconds: number };
