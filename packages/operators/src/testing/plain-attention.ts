import type { CacheOptions, CachePlace } from '../native-operators.js';
import type { ProgramSequence } from './program-graph.js';

/** A cache's shape. */
export type Geometry = Pick<CacheOptions, 'layers' | 'heads' | 'kvHeads' | 'headSize' | 'slots' | 'slotCapacity'>;

interface HeadNorm {
  readonly weight: Float32Array;
  readonly epsilon: number;
}

interface Entry {
  readonly key: number[][];
  readonly value: number[][];
}

/** Attention over a cache of one layer, in double precision and written for plainness. */
export class PlainCache {
  readonly #entries = new Map<string, Entry>();

  constructor(
    private readonly geometry: Geometry,
    private readonly rotation: Float32Array,
    private readonly norms: { readonly query: HeadNorm; readonly key: HeadNorm } | undefined,
    /** What becomes of a number that is kept. */
    private readonly kept: (value: number) => number = (value) => value,
    /** Positions of its text that a token sees, its own among them. */
    private readonly window = Number.POSITIVE_INFINITY,
  ) {}

  run(input: Float32Array, sequences: readonly ProgramSequence[]): number[] {
    const { heads, kvHeads, headSize } = this.geometry;
    const output: number[] = [];
    let row = 0;
    for (const { slot, start, parents } of sequences) {
      const positions: number[] = [];
      const queries = [...parents].map((parent, token) => {
        const position = parent < 0 ? start : positions[parent]! + 1;
        positions.push(position);
        const first = row++ * (heads + 2 * kvHeads);
        const head = (index: number): number[] => {
          const at = (first + index) * headSize;
          return [...input.subarray(at, at + headSize)];
        };
        const list = (from: number, count: number) => Array.from({ length: count }, (_, index) => head(from + index));
        const rotated = (values: number[][], norm: HeadNorm | undefined) =>
          values.map((value) => this.#rotate(norm ? plainNorm(value, norm) : value, position));
        this.#entries.set(`${slot}/${start + token}`, {
          key: rotated(list(heads, kvHeads), this.norms?.key).map((head) => head.map(this.kept)),
          value: list(heads + kvHeads, kvHeads).map((head) => head.map(this.kept)),
        });
        return rotated(list(0, heads), this.norms?.query);
      });
      queries.forEach((query, token) => {
        const first = positions[token]! + 1 - this.window;
        const seen = Array.from({ length: start }, (_, position) => position).filter((position) => position >= first);
        for (let node = token; node >= 0; node = parents[node]!) if (positions[node]! >= first) seen.push(start + node);
        query.forEach((head, index) => {
          const kvHead = Math.floor(index / (heads / kvHeads));
          output.push(...this.#attend(head, slot, seen, kvHead));
        });
      });
    }
    return output;
  }

  copy(from: readonly CachePlace[], to: readonly CachePlace[]): void {
    const moved = from.map(({ slot, position }) => this.#entries.get(`${slot}/${position}`)!);
    to.forEach(({ slot, position }, index) => void this.#entries.set(`${slot}/${position}`, moved[index]!));
  }

  #attend(query: number[], slot: number, positions: number[], head: number): number[] {
    const entries = positions.map((position) => this.#entries.get(`${slot}/${position}`)!);
    const scores = entries.map(
      ({ key }) => key[head]!.reduce((sum, value, d) => sum + value * query[d]!, 0) / Math.sqrt(query.length),
    );
    const most = Math.max(...scores);
    const weights = scores.map((score) => Math.exp(score - most));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return query.map(
      (_, d) => weights.reduce((sum, weight, index) => sum + weight * entries[index]!.value[head]![d]!, 0) / total,
    );
  }

  #rotate(values: number[], position: number): number[] {
    const size = values.length;
    return values.map((value, d) => {
      const cosine = this.rotation[position * size + d - (d % 2)]!;
      const sine = this.rotation[position * size + d - (d % 2) + 1]!;
      return d % 2 === 0 ? value * cosine - values[d + 1]! * sine : values[d - 1]! * sine + value * cosine;
    });
  }
}

function plainNorm(values: number[], { weight, epsilon }: HeadNorm): number[] {
  const mean = values.reduce((sum, value) => sum + value * value, 0) / values.length;
  return values.map((value, d) => (value / Math.sqrt(mean + epsilon)) * weight[d]!);
}

/** The nearest number of half precision, the even one of two. */
export function roundToHalf(value: number): number {
  const exponent = Math.max(-14, Math.floor(Math.log2(Math.abs(value))));
  const unit = 2 ** (exponent - 10);
  const scaled = value / unit;
  const below = Math.floor(scaled);
  const rest = scaled - below;
  const up = rest > 0.5 || (rest === 0.5 && below % 2 !== 0);
  return value === 0 ? value : (up ? below + 1 : below) * unit;
}
