import type { ExecutorKind } from '@foretoken/backend';
import type { Device, TensorFlowReport } from '@foretoken/tensorflow';

/** Where a forward process runs its model. */
export interface ForwardPlace {
  readonly device: 'auto' | Device;
  readonly executor: ExecutorKind;
}

/** What a process of `bench:forward` does; `load` comes first. Milliseconds are what something took. */
export interface ForwardWork {
  /** `prefix`: tokens to put into the KV cache. */
  readonly load: (task: ForwardPlace & { readonly model: string; readonly prefix: number }) => Promise<{
    readonly name: string;
    readonly device: string;
    readonly executor: string;
    readonly versions: TensorFlowReport['versions'];
    readonly weightBytes: number;
  }>;
  /** Milliseconds of a pass of so many tokens, which is dropped again. */
  readonly forward: (tokens: number) => Promise<number>;
  /** Milliseconds of reading so many bytes of memory once. */
  readonly readMemory: (bytes: number) => Promise<number>;
}
