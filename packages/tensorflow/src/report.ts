import type { TensorFlowErrorCode } from './errors.js';

/** Best first. */
export const DEVICES = ['cuda', 'cpu', 'wasm', 'js'] as const;
export type Device = (typeof DEVICES)[number];

/** What became of one device. */
export type DeviceReport =
  /** It runs the tensors of this process. */
  | { readonly device: Device; readonly state: 'taken'; readonly from: string }
  /** It could be taken, as far as can be told without loading it; `from` says where it comes from. */
  | { readonly device: Device; readonly state: 'available'; readonly from: string }
  /** Not tried: a better device was taken, or the caller named another one. */
  | { readonly device: Device; readonly state: 'not-tried'; readonly reason: string }
  | {
      readonly device: Device;
      readonly state: 'unavailable';
      readonly code: TensorFlowErrorCode;
      readonly reason: string;
      /** What a person can do to get it. */
      readonly remedy: string;
    };

/** What was found; `foretoken doctor` prints it. */
export interface TensorFlowReport {
  readonly devices: readonly DeviceReport[];
  readonly versions: {
    readonly node: string;
    readonly tfjs: string;
    /** Version of the TensorFlow C library; `undefined` while no native device is loaded. */
    readonly tensorflow: string | undefined;
  };
  readonly cacheDirectory: string;
  readonly threads: {
    /** Processor cores this process may use. */
    readonly cores: number;
    /** Threads within one operation. `undefined`: TensorFlow's default, one a core. */
    readonly intraOp: number | undefined;
    /** Operations run side by side. `undefined`: TensorFlow's default, one a core. */
    readonly interOp: number | undefined;
  };
  /** Whether oneDNN kernels are asked for (`TF_ENABLE_ONEDNN_OPTS`). */
  readonly oneDnn: boolean;
}
