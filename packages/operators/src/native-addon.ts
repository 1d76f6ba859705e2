import type { ChainInput } from './chain.js';
import type { WeightFormat } from './formats.js';
import type { CacheOptions, MatrixPart } from './native-operators.js';
import type { Instruction } from './program.js';

/** What native/addon/addon.cc exports. Objects are numbers; functions throw a RangeError that says what was wrong. */
export interface NativeAddon {
  registerOperators(): void;
  instructions(): string;
  threads(): number;
  setThreads(count: number): void;
  instructionsDone(): number;
  releaseLibraryPages(name: string): number;
  mapFile(path: string, ahead: number): number;
  copyBytes(bytes: Uint8Array): number;
  panelRows(): number;
  panelBytes(format: WeightFormat, rows: number, columns: number): number;
  regroup(
    mapping: number,
    offset: number,
    format: WeightFormat,
    rows: number,
    columns: number,
    panels: Uint8Array,
  ): void;
  usePanels(matrix: number, part: number, mapping: number, offset: number): void;
  createMatrix(columns: number, parts: readonly MatrixPart[], integer: number): number;
  selectRows(matrix: number, rows: Int32Array): number;
  createVector(values: Float32Array, epsilon: number): number;
  createCache(options: CacheOptions): number;
  copyPositions(cache: number, from: Int32Array, to: Int32Array): void;
  discardPositions(cache: number, slot: number, position: number): void;
  createProgram(cache: number, instructions: readonly Instruction[], vocabulary: Int32Array): number;
  logits(program: number, row: number): Float32Array;
  topLogits(program: number, k: number): [tokens: Int32Array, logits: Float32Array];
  takeTimes(program: number): Float64Array;
  chain(
    program: number,
    inputs: readonly ChainInput[],
  ): [
    counts: Int32Array,
    tokens: Int32Array,
    confidences: Float32Array,
    candidates: Int32Array,
    probabilities: Float32Array,
  ];
  openGpu(driver: string): number;
  checkGpuProgram(headSize: number, instructions: readonly Instruction[]): void;
  describeGpu(gpu: number): GpuDescription;
  gpuFault(gpu: number): string;
  kernelCompilerVersion(library: string): string;
  compileKernels(
    library: string,
    folder: string,
    file: string,
    definition: string,
    architecture: number,
  ): Uint8Array<ArrayBuffer>;
  loadKernels(gpu: number, module: Uint8Array): void;
  remove(object: number): boolean;
}

/** A GPU as its driver describes it. */
export interface GpuDescription {
  readonly name: string;
  /** Compute capability, 10 * major + minor. */
  readonly architecture: number;
  readonly multiprocessors: number;
  /** Bytes of its memory, and how many of them are free now. */
  readonly memory: number;
  readonly free: number;
}
