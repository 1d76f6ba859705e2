/** A weight matrix as its file stores it: one row an output. [rows, columns]. */
export interface Matrix {
  readonly kind: 'matrix';
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
  /** `'layer'`: used by `linear` only. `'table'`: also looked up by row (embedding, tied output projection). */
  readonly use: 'layer' | 'table';
}

/** A weight vector. [size]. */
export interface Vector {
  readonly kind: 'vector';
  readonly name: string;
  readonly size: number;
}

/** Root-mean-square norm: x / sqrt(mean(x²) + epsilon) * weight. */
export interface RmsNorm {
  readonly weight: Vector;
  readonly epsilon: number;
}

/** Rows of a matrix as they lie in a file. */
export interface StoredRows {
  readonly path: string;
  /** Where the first row begins, in bytes from the start of the file. */
  readonly byteOffset: number;
  /** Stored type, named as in GGUF files. */
  readonly type: string;
  readonly rows: number;
  /** `'halves'`: each head's rows hold [first halves, second halves] of its rotated pairs, not pairs as neighbours. */
  readonly order: 'pairs' | 'halves';
}

/** Gives the values of weights, dequantised to float32, in the layout of `Matrix` and `Vector`. */
export interface WeightSource {
  /** Fills `target`, which has `weightSize(weight)` values. The caller brings the memory, so that loading can reuse it. */
  load(weight: Matrix | Vector, target: Float32Array): Promise<void>;
  /** Where the rows of a matrix lie, in order; `undefined` when they lie in no file. */
  locate?(weight: Matrix): readonly StoredRows[] | undefined;
}

/** Number of values of a weight. */
export function weightSize(weight: Matrix | Vector): number {
  return weight.kind === 'matrix' ? weight.rows * weight.columns : weight.size;
}

/** The values of a weight, in memory of their own. */
export async function valuesOf(weight: Matrix | Vector, source: WeightSource): Promise<Float32Array<ArrayBuffer>> {
  const values = new Float32Array(weightSize(weight));
  await source.load(weight, values);
  return values;
}
