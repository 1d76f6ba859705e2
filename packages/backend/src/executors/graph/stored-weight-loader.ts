import { type Matrix, type WeightSource, weightSize } from '../weight.js';
import type { WeightVariable } from './graph-weights.js';

/**
 * Float32 values between two addresses that TensorFlow takes for aligned. It copies a tensor whose memory is not
 * aligned and keeps aligned memory by reference; this memory is reused, so every tensor starts one value off.
 */
const ALIGNMENT = 16;

/** Loads weights as their variables hold them: layer matrices transposed, norms folded in. */
export class StoredWeightLoader {
  readonly #values = new ScratchMemory();
  readonly #stored = new ScratchMemory();

  constructor(private readonly source: WeightSource) {}

  /** Values of each variable. They lie in memory that the next call reuses and `release` gives back. */
  async load(variables: readonly WeightVariable[]): Promise<Float32Array[]> {
    const padded = variables.map(({ weight }) => Math.ceil((weightSize(weight) + 1) / ALIGNMENT) * ALIGNMENT);
    const stored = this.#stored.take(padded.reduce((sum, size) => sum + size, 0));
    const results: Float32Array[] = [];
    let offset = 0;
    for (const [index, variable] of variables.entries()) {
      const target = stored.subarray(offset + 1, offset + 1 + weightSize(variable.weight));
      await this.#loadOne(variable, target);
      results.push(target);
      offset += padded[index] ?? 0;
    }
    return results;
  }

  release(): void {
    this.#values.release();
    this.#stored.release();
  }

  async #loadOne({ weight, norm }: WeightVariable, target: Float32Array): Promise<void> {
    if (weight.kind === 'vector' || weight.use === 'table') return this.source.load(weight, target);
    const values = this.#values.take(target.length);
    await this.source.load(weight, values);
    const scale = norm ? new Float32Array(norm.weight.size) : undefined;
    if (norm && scale) await this.source.load(norm.weight, scale);
    transpose(values, weight, scale, target);
  }
}

/**
 * Memory that is given back when asked to, not when the garbage collector comes by: beside weights of hundreds of
 * megabytes it comes too late.
 */
class ScratchMemory {
  #memory = resizable(0);

  take(values: number): Float32Array {
    const bytes = values * Float32Array.BYTES_PER_ELEMENT;
    if (bytes > this.#memory.byteLength) {
      this.release();
      this.#memory = resizable(bytes);
    }
    return new Float32Array(this.#memory, 0, values);
  }

  release(): void {
    this.#memory.resize(0);
    this.#memory = resizable(0);
  }
}

// TypeScript's library for Node 20 does not know resizable buffers, which its V8 has.
interface ResizableBuffer extends ArrayBuffer {
  resize(bytes: number): void;
}

function resizable(bytes: number): ResizableBuffer {
  const buffer: ResizableBuffer = Reflect.construct(ArrayBuffer, [bytes, { maxByteLength: bytes }]);
  return buffer;
}

/** Side of the square tiles of the transposition; one fits the first-level cache. */
const TILE = 32;

function transpose(
  values: Float32Array,
  { rows, columns }: Matrix,
  scale: Float32Array | undefined,
  target: Float32Array,
): void {
  for (let rowTile = 0; rowTile < rows; rowTile += TILE) {
    const rowEnd = Math.min(rowTile + TILE, rows);
    for (let columnTile = 0; columnTile < columns; columnTile += TILE) {
      const columnEnd = Math.min(columnTile + TILE, columns);
      for (let column = columnTile; column < columnEnd; column++) {
        const factor = scale?.[column] ?? 1;
        for (let row = rowTile; row < rowEnd; row++) {
          target[column * rows + row] = (values[row * columns + column] ?? 0) * factor;
        }
      }
    }
  }
}
