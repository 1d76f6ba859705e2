import type { ForwardTiming } from '@foretoken/core';

/** What a text is decoded on. */
export interface Machine {
  /** Milliseconds of a forward of so many rows, of all sequences together. Rows >= 1. */
  readonly forward: (rows: number) => number;
  readonly activeSequences: number;
}

/** The graph executor on two CPU cores, as `bench:forward` measured it. */
const CPU_CURVE: readonly (readonly [rows: number, milliseconds: number])[] = [
  [1, 44],
  [2, 46],
  [4, 46],
  [8, 60],
  [16, 62],
  [32, 92],
];

/** The fused operators on the same cores; from 32 rows on each costs about 1.9 ms. */
const FUSED_CURVE: readonly (readonly [rows: number, milliseconds: number])[] = [
  [1, 7.7],
  [2, 8.1],
  [4, 10.4],
  [8, 15.5],
  [16, 29.8],
  [32, 60.7],
];

/** The machines that controllers are compared on. The first two were measured; the others are models of their kind. */
export const MACHINES = {
  cpu: { forward: (rows) => interpolate(CPU_CURVE, rows), activeSequences: 1 },
  fused: { forward: (rows) => interpolate(FUSED_CURVE, rows), activeSequences: 1 },
  // Bound by reading the weights far beyond any draft: nearly flat.
  h100: { forward: (rows) => 8 * (1 + 0.002 * (rows - 1)), activeSequences: 1 },
  // Sixteen sequences share each forward and have used up what was free: each further row costs.
  server: { forward: (rows) => 20 * (1 + (0.45 * Math.max(0, rows - 16)) / 16), activeSequences: 16 },
} as const satisfies Readonly<Record<string, Machine>>;

export type MachineName = keyof typeof MACHINES;

/** What a decoder measures of a machine before its first round. */
export function calibrationOf({ forward }: Pick<Machine, 'forward'>): readonly ForwardTiming[] {
  return [1, 2, 4, 8, 16, 32].map((tokens) => ({ tokens, milliseconds: forward(tokens) }));
}

/** Linear between the points, going on with the last slope. */
function interpolate(points: readonly (readonly [number, number])[], at: number): number {
  const upper = points.findIndex(([rows]) => rows >= at);
  const index = Math.max(1, upper === -1 ? points.length - 1 : upper);
  const [lowRows, low] = points[index - 1] ?? [0, 0];
  const [highRows, high] = points[index] ?? [1, 0];
  return low + ((high - low) * (at - lowRows)) / (highRows - lowRows);
}
