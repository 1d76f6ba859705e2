import type { Arithmetic } from '@foretoken/core';
import {
  isWeightFormat,
  type MatrixPart,
  type NativeObject,
  type NativeOperators,
  type WeightFormat,
} from '@foretoken/operators';
import { type Matrix, type RmsNorm, type StoredRows, type Vector, valuesOf, type WeightSource } from '../weight.js';
import { MappedFile } from './mapped-file.js';
import { openPanelFile, type PanelFileOptions, type PanelRows } from './panel-file.js';
import type { NativeWeights } from './program-operators.js';

/**
 * The weights of one model in the addon. A matrix that lies in a file is mapped as it is stored, shared with every
 * process that maps the file and read when first used; any other is copied as float32.
 */
export class NativeWeightStore implements NativeWeights {
  readonly #operators: NativeOperators;
  readonly #headSize: number;
  readonly #arithmetic: Arithmetic;
  readonly #objects = new Map<string, NativeObject>();
  readonly #vectors = new Map<string, Float32Array>();
  readonly #files = new Map<string, MappedFile>();
  readonly #copies: NativeObject[] = [];
  /** What matrices are stored in. */
  readonly formats = new Set<WeightFormat>();
  /** Where the parts of a matrix lie that are multiplied in integers. */
  readonly #stored = new Map<NativeObject, readonly PanelRows[]>();

  private constructor(options: LoadOptions) {
    this.#operators = options.operators;
    this.#headSize = options.headSize;
    this.#arithmetic = options.arithmetic;
  }

  /** Brings every weight of the list in. `onProgress` is told the part done, in [0, 1]. */
  static async load(options: LoadOptions): Promise<NativeWeightStore> {
    const { source, weights, onProgress } = options;
    const store = new NativeWeightStore(options);
    try {
      for (const [index, weight] of weights.entries()) {
        await store.#add(weight, source);
        onProgress?.((index + 1) / weights.length);
      }
      return store;
    } catch (error) {
      store.close();
      throw error;
    }
  }

  matrix({ name }: Matrix): NativeObject {
    const matrix = this.#objects.get(name);
    if (matrix === undefined) throw new Error(`weight '${name}' was not declared to the executor`);
    return matrix;
  }

  bias({ name }: Vector): NativeObject {
    return this.#made(name, (values) => this.#operators.createBias(values));
  }

  norm({ weight, epsilon }: RmsNorm): NativeObject {
    return this.#made(weight.name, (values) => this.#operators.createNorm({ weight: values, epsilon }));
  }

  /**
   * Lets products with these matrices read the panels of a file in the cache, which is made where there is none. Where it
   * can't be had, each pass regroups weights: the same result, later.
   */
  async usePanels(matrices: ReadonlySet<NativeObject>, options: Omit<PanelFileOptions, 'operators'>): Promise<void> {
    const parts = [...matrices].flatMap((matrix) =>
      (this.#stored.get(matrix) ?? []).map((rows, part) => ({ matrix, part, rows })),
    );
    const grouped = parts.filter(({ rows }) => this.#operators.panelBytes(rows) > 0);
    if (grouped.length === 0) return;
    const { file, offsets } = await openPanelFile(
      grouped.map(({ rows }) => rows),
      { ...options, operators: this.#operators },
    );
    this.#files.set(file.path, file);
    for (const [index, { matrix, part }] of grouped.entries()) {
      this.#operators.usePanels(matrix, part, { mapping: file.mapping, offset: offsets[index] ?? 0 });
    }
  }

  /** Refuses to go on when a file has lost bytes since it was mapped. To be called before each pass. */
  checkFiles(): void {
    for (const file of this.#files.values()) file.check();
  }

  close(): void {
    for (const object of [...this.#objects.values(), ...this.#copies, ...this.#files.values()]) object.close();
  }

  async #add(weight: Matrix | Vector, source: WeightSource): Promise<void> {
    if (weight.kind === 'vector') {
      this.#vectors.set(weight.name, await valuesOf(weight, source));
      return;
    }
    const { rows, columns, name } = weight;
    const arithmetic = this.#arithmetic;
    const stored = source.locate?.(weight);
    const parts = stored && this.#storedParts(stored);
    if (parts !== undefined) {
      const matrix = this.#operators.createMatrix({ columns, parts, arithmetic });
      for (const { format } of parts) this.formats.add(format);
      this.#objects.set(name, matrix);
      if (arithmetic === 'integer' && stored) this.#stored.set(matrix, panelRows(stored, columns));
      return;
    }
    const values = await valuesOf(weight, source);
    const mapping = this.#operators.copyBytes(new Uint8Array(values.buffer));
    this.#copies.push(mapping);
    const part: MatrixPart = { mapping, offset: 0, format: 'F32', rows };
    this.formats.add(part.format);
    this.#objects.set(name, this.#operators.createMatrix({ columns, parts: [part], arithmetic }));
  }

  /** `undefined` when one of the parts has a format that the kernels don't read. */
  #storedParts(stored: readonly StoredRows[]): readonly MatrixPart[] | undefined {
    const parts: MatrixPart[] = [];
    for (const { path, byteOffset, type, rows, order } of stored) {
      if (!isWeightFormat(type)) return undefined;
      const interleave = order === 'halves' ? { interleave: this.#headSize } : {};
      parts.push({ mapping: this.#mapped(path), offset: byteOffset, format: type, rows, ...interleave });
    }
    return parts;
  }

  #mapped(path: string): NativeObject {
    const ahead = this.#arithmetic === 'exact' ? Number.POSITIVE_INFINITY : 0;
    const file = this.#files.get(path) ?? new MappedFile(path, this.#operators, { ahead });
    this.#files.set(path, file);
    return file.mapping;
  }

  /** The object of a vector, made when a program first uses it: only then is it known what it is. */
  #made(name: string, create: (values: Float32Array) => NativeObject): NativeObject {
    const values = this.#vectors.get(name);
    if (values === undefined) throw new Error(`weight '${name}' was not declared to the executor`);
    const object = this.#objects.get(name) ?? create(values);
    this.#objects.set(name, object);
    return object;
  }
}

function panelRows(stored: readonly StoredRows[], columns: number): readonly PanelRows[] {
  return stored.flatMap(({ path, byteOffset, type, rows }) =>
    isWeightFormat(type) ? [{ path, byteOffset, format: type, rows, columns }] : [],
  );
}

interface LoadOptions {
  readonly operators: NativeOperators;
  readonly headSize: number;
  /** Of every product with a matrix. */
  readonly arithmetic: Arithmetic;
  readonly source: WeightSource;
  readonly weights: readonly (Matrix | Vector)[];
  readonly onProgress?: ((fraction: number) => void) | undefined;
}
