import type { WorkerFailure } from '../workers/worker-process.js';
import type { ServeMode } from './serve-record.js';

/** What one server of the benchmark is set to; what is left out is as the server does it by default. */
export interface ServerSettings {
  readonly mode: ServeMode;
  /** Reference of the model. */
  readonly model?: string;
  /** How forwards run. */
  readonly executor?: 'fused' | 'graph' | 'eager';
  /** Requests that the engine decodes at a time. */
  readonly sequences?: number;
}

/** What the process of a server is asked. */
export type ServerRequest = ({ readonly kind: 'start' } & ServerSettings) | { readonly kind: 'stop' };

export type ServerReply =
  | {
      readonly kind: 'started';
      readonly url: string;
      readonly model: string;
      readonly device: string;
      readonly executor: string;
      readonly sequences: number;
      /** Of the engine. */
      readonly processId: number | undefined;
    }
  | { readonly kind: 'stopped' }
  | WorkerFailure;
