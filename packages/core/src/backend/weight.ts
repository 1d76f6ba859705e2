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

/** Gives the values of weights, dequantised to float32, in the layout of `Matrix` and `Vector`. */
export interface WeightSource {
  /** Fills `target`, which has `weightSize(weight)` values. The caller brings the memory, so that loading can reuse it. */
  load(weight: Matrix | Vector, target: Float32Array): Promise<void>;
}

/** Number of values of a weight. */
export function weightSize(weight: Matrix | Vector): number {
  return weight.kind === 'matrix' ? weight.rows * weight.columns : weight.size;
}
