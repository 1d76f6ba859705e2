import { type ChainInput, type ChainOutput, runChain } from './chain.js';
import { isGpuErrorCode, OperatorsError } from './errors.js';
import type { WeightFormat } from './formats.js';
import type { GpuDescription, NativeAddon } from './native-addon.js';
import type { NativeObject } from './native-object.js';
import type { Instruction } from './program.js';

/** Rows of one stored tensor. */
export interface MatrixPart {
  /** What `mapFile` or `copyBytes` gave. */
  readonly mapping: NativeObject;
  /** Where its first block lies in the mapping, in bytes. */
  readonly offset: number;
  readonly format: WeightFormat;
  readonly rows: number;
  /**
   * Head size, where each head's rows are stored as [first halves, second halves] of rotated pairs: products come out
   * with the pairs as neighbours, as attention takes them. @default rows as stored
   */
  readonly interleave?: number;
}

/** Rows of one stored tensor with their width. */
export interface StoredMatrix extends Omit<MatrixPart, 'interleave'> {
  /** Whole blocks of the format. */
  readonly columns: number;
}

/**
 * How a product with a quantised matrix is computed. `exact`: unpacked weights times float32 activations. `integer`:
 * stored integers times activations rounded to 8 bits.
 */
export type Arithmetic = 'exact' | 'integer';

export interface CacheOptions {
  readonly layers: number;
  readonly heads: number;
  readonly kvHeads: number;
  /** Even. */
  readonly headSize: number;
  readonly slots: number;
  /** Positions that a slot holds. */
  readonly slotCapacity: number;
  /** Cosine and sine of each pair of dimensions at each position, table by table. [rotations, positions, headSize / 2, 2]. */
  readonly rotation: Float32Array;
  /** Tables of rotary angles. @default 1 */
  readonly rotations?: number;
  /** Where it lies, and its programs run. @default the CPU */
  readonly gpu?: NativeObject;
  /** What entries are kept in: float16 takes half the memory and rounds each number to 11 bits. @default 'float32' */
  readonly elements?: 'float32' | 'float16';
}

/** A place in a cache. */
export interface CachePlace {
  readonly slot: number;
  readonly position: number;
}

/**
 * The fused operators, registered with this process's TensorFlow, and the objects that they work on. Only the thread
 * that loaded them may call it. Every function throws {@link OperatorsError} `invalid-object` with the reason when the
 * object can't be made.
 */
export class NativeOperators {
  /** File of the addon, for `passProgress`. */
  readonly path: string;
  readonly #addon: NativeAddon;

  constructor(addon: NativeAddon, path: string) {
    this.#addon = addon;
    this.path = path;
  }

  /** The instruction set of the kernels: one of `INSTRUCTIONS`. */
  get instructions(): string {
    return this.#addon.instructions();
  }

  /** Threads that work on a pass, the caller's among them. */
  get threads(): number {
    return this.#addon.threads();
  }

  /** Replaces the threads: 1 to 1024. */
  setThreads(count: number): void {
    attempt(() => this.#addon.setThreads(count));
  }

  /**
   * Gives back the memory of TensorFlow's libraries that only starting up needed: some 200 MB of code, symbols and
   * relocations, which are pages of files and come back from the system's cache where they are used.
   *
   * @returns the bytes of those libraries that are pages of their files, in memory or not.
   */
  releaseLibraryPages(): number {
    return this.#addon.releaseLibraryPages('libtensorflow');
  }

  /**
   * Maps a file for reading. Its pages are shared with every process that maps it and read when first used. The first
   * `ahead` bytes are read at once, which is faster where all of them are needed: 0 for none, Infinity for all.
   */
  mapFile(path: string, options: { readonly ahead: number }): NativeObject {
    return this.#own(() => this.#addon.mapFile(path, options.ahead));
  }

  /** Copies bytes into the addon: for weights that no file holds as they are. */
  copyBytes(bytes: Uint8Array): NativeObject {
    return this.#own(() => this.#addon.copyBytes(bytes));
  }

  /** A weight matrix [rows of all parts, columns]; rows must be whole blocks of their format. */
  createMatrix(options: {
    readonly columns: number;
    readonly parts: readonly MatrixPart[];
    /** @default 'exact' */
    readonly arithmetic?: Arithmetic;
  }): NativeObject {
    const integer = options.arithmetic === 'integer' ? 1 : 0;
    return this.#own(() => this.#addon.createMatrix(options.columns, options.parts, integer));
  }

  /** Weight rows of a panel. It depends on the instruction set. */
  get panelRows(): number {
    return this.#addon.panelRows();
  }

  /** Bytes of the panels of these rows; 0 for a format that is not multiplied in integers. */
  panelBytes({ format, rows, columns }: Omit<StoredMatrix, 'mapping' | 'offset'>): number {
    return attempt(() => this.#addon.panelBytes(format, rows, columns));
  }

  /**
   * Fills `panels`, of `panelBytes` bytes, with stored rows in the order in which integer products read them fastest. Panels
   * of a multiple of `panelRows` rows and of the rows behind them follow one another.
   */
  regroup({ mapping, offset, format, rows, columns }: StoredMatrix, panels: Uint8Array): void {
    attempt(() => this.#addon.regroup(mapping.id, offset, format, rows, columns, panels));
  }

  /**
   * Lets integer products with a part of a matrix read panels, at `offset` bytes of a mapping, a multiple of 64. Without
   * them each pass regroups the rows, which takes longer and gives the same bits.
   */
  usePanels(
    matrix: NativeObject,
    part: number,
    panels: { readonly mapping: NativeObject; readonly offset: number },
  ): void {
    attempt(() => this.#addon.usePanels(matrix.id, part, panels.mapping.id, panels.offset));
  }

  /** Some rows of a matrix as a matrix of its own, over the same bytes. `rows` ascend. */
  selectRows(matrix: NativeObject, rows: Int32Array): NativeObject {
    return this.#own(() => this.#addon.selectRows(matrix.id, rows));
  }

  /** A bias. The values are copied. */
  createBias(values: Float32Array): NativeObject {
    return this.#own(() => this.#addon.createVector(values, 0));
  }

  /** An RMS norm: x / sqrt(mean(x²) + epsilon) * weight. The values are copied. */
  createNorm(options: { readonly weight: Float32Array; readonly epsilon: number }): NativeObject {
    return this.#own(() => this.#addon.createVector(options.weight, options.epsilon));
  }

  /** A KV cache. A CPU's takes memory from the machine as positions are written, a GPU's all of it at once. */
  createCache(options: CacheOptions): NativeObject {
    return this.#own(() => this.#addon.createCache(options));
  }

  /** Copies the entries of every layer from place to place, all reads before all writes. */
  copyPositions(cache: NativeObject, from: readonly CachePlace[], to: readonly CachePlace[]): void {
    const pairs = (places: readonly CachePlace[]): Int32Array =>
      Int32Array.from(places.flatMap(({ slot, position }) => [slot, position]));
    attempt(() => this.#addon.copyPositions(cache.id, pairs(from), pairs(to)));
  }

  /** Gives the memory of a slot back from a position on: what lies there is lost. */
  discardPositions(cache: NativeObject, { slot, position }: CachePlace): void {
    attempt(() => this.#addon.discardPositions(cache.id, slot, position));
  }

  /**
   * A whole forward pass, which TensorFlow's node ForetokenProgram and `chain` run. It must end with scored rows, the logits:
   * of the tokens of `vocabulary`, where that is given.
   */
  createProgram(options: {
    readonly cache: NativeObject;
    readonly instructions: readonly Instruction[];
    readonly vocabulary?: Int32Array;
  }): NativeObject {
    const { cache, instructions, vocabulary = new Int32Array(0) } = options;
    return this.#own(() => this.#addon.createProgram(cache.id, instructions, vocabulary));
  }

  /**
   * Generates chains of guesses: pass, choice, next pass, until each sequence has the requested number or its
   * confidence is below the minimum. One call; no row of logits is copied.
   */
  chain(program: NativeObject, inputs: readonly ChainInput[]): ChainOutput[] {
    return attempt(() => runChain(this.#addon, program.id, inputs));
  }

  /** Logits of a scored row of a program's last pass; the caller's own copy. */
  logits(program: NativeObject, row: number): Float32Array {
    return attempt(() => this.#addon.logits(program.id, row));
  }

  /**
   * The k highest logits of every scored row of a program's last pass, highest first, the lower token first among
   * equals. Each [R, k].
   */
  topLogits(program: NativeObject, k: number): { readonly tokens: Int32Array; readonly logits: Float32Array } {
    const [tokens, logits] = attempt(() => this.#addon.topLogits(program.id, k));
    return { tokens, logits };
  }

  /**
   * Nanoseconds that each instruction of a program took since the last call, and at the end those for the best token of
   * each row. Times are taken from the first call on. [instructions + 1].
   */
  takeTimes(program: NativeObject): Float64Array {
    return attempt(() => this.#addon.takeTimes(program.id));
  }

  /**
   * The first GPU that this process sees. `Gpu.open` makes it ready for programs.
   *
   * @throws {OperatorsError} `no-gpu-driver`, `gpu-driver-too-old`, `no-gpu`, `gpu-too-old`.
   */
  openGpu(driver: string): NativeObject {
    return this.#own(() => this.#addon.openGpu(driver));
  }

  /**
   * Whether a GPU has kernels for a program. Needs no GPU.
   *
   * @throws {OperatorsError} `gpu-unsupported-model`.
   */
  checkGpuProgram(options: { readonly headSize: number; readonly instructions: readonly Instruction[] }): void {
    attempt(() => this.#addon.checkGpuProgram(options.headSize, options.instructions));
  }

  describeGpu(gpu: NativeObject): GpuDescription {
    return attempt(() => this.#addon.describeGpu(gpu.id));
  }

  /** The code of what last went wrong on a GPU since this was last called; an error of TensorFlow can't carry it. */
  gpuFault(gpu: NativeObject): string | undefined {
    return attempt(() => this.#addon.gpuFault(gpu.id)) || undefined;
  }

  /** Version of a library of NVRTC, as in "12.9". */
  kernelCompilerVersion(library: string): string {
    return attempt(() => this.#addon.kernelCompilerVersion(library));
  }

  /** Compiles a file of kernels for an architecture with NVRTC. Takes seconds, and no GPU. */
  compileKernels(options: {
    /** NVRTC's library. */
    readonly library: string;
    readonly folder: string;
    readonly file: string;
    /** As in `NAME=value`. */
    readonly definition?: string;
    readonly architecture: number;
  }): Uint8Array<ArrayBuffer> {
    const { library, folder, file, definition = '', architecture } = options;
    return attempt(() => this.#addon.compileKernels(library, folder, file, definition, architecture));
  }

  loadKernels(gpu: NativeObject, module: Uint8Array): void {
    attempt(() => this.#addon.loadKernels(gpu.id, module));
  }

  #own(create: () => number): NativeObject {
    const id = attempt(create);
    return { id, close: () => void this.#addon.remove(id) };
  }
}

function attempt<T>(action: () => T): T {
  try {
    return action();
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    const known = isGpuErrorCode(code) || code === 'compile-failed' ? code : 'invalid-object';
    throw new OperatorsError(known, cause instanceof Error ? cause.message : String(cause), { cause });
  }
}
