import { RunningMedian } from './running-median.js';

/** What a forward of so many tokens of one sequence took. */
export interface CalibrationPoint {
  readonly tokens: number;
  readonly milliseconds: number;
}

/** Forwards whose median is the level: ten slow ones in a row are a minority. */
const WINDOW = 21;

/**
 * Taken where nothing was measured: a row more costs a seventh of a pass of one row, as on a CPU of few cores. The
 * unit does not matter, since forwards set the level.
 */
const ASSUMED: readonly CalibrationPoint[] = [
  { tokens: 1, milliseconds: 1 },
  { tokens: 8, milliseconds: 2 },
];

/**
 * What a pass of the target costs: the milliseconds by rows that were measured once, times a level for each power of
 * two of context length that follows the running median of measured / expected. A slow moment slows all rows alike, so
 * it moves the level and not the price of one row against another.
 */
export class PassPrice {
  readonly #points: readonly CalibrationPoint[];
  readonly #levels = new Map<number, RunningMedian>();
  #last = 0;

  /** Points may come in any order; with fewer than two rows known a usual shape is assumed. */
  constructor(calibration: readonly CalibrationPoint[]) {
    const usable = calibration.filter(({ tokens, milliseconds }) => tokens >= 1 && milliseconds > 0);
    const ascending = [...usable].sort((a, b) => a.tokens - b.tokens);
    let least = 0;
    const rising = ascending.map(({ tokens, milliseconds }) => {
      least = Math.max(least, milliseconds);
      return { tokens, milliseconds: least };
    });
    this.#points = new Set(rising.map(({ tokens }) => tokens)).size < 2 ? ASSUMED : rising;
  }

  /** Milliseconds of a pass of so many rows at a level of 1. */
  rows(rows: number): number {
    const points = this.#points;
    let upper = 1;
    while (upper < points.length - 1 && (points[upper]?.tokens ?? 0) < rows) upper++;
    const [from, to] = [points[upper - 1], points[upper]];
    if (from === undefined || to === undefined) return 0;
    const slope = (to.milliseconds - from.milliseconds) / Math.max(1, to.tokens - from.tokens);
    return Math.max(from.milliseconds * 0.5, from.milliseconds + slope * (rows - from.tokens));
  }

  /** How many times as long as measured passes take now, at about this context length. */
  level(contextLength: number): number {
    for (let size = sizeOf(contextLength); size >= 0; size--) {
      const level = this.#levels.get(size)?.value;
      if (level !== undefined) return level;
    }
    return this.#levels.values().next().value?.value ?? 1;
  }

  /** Learns from a pass. Sequences that shared one report the same, which counts once. */
  observe(rows: number, milliseconds: number, contextLength: number): void {
    if (milliseconds === this.#last) return;
    this.#last = milliseconds;
    const size = sizeOf(contextLength);
    const level = this.#levels.get(size) ?? new RunningMedian(WINDOW);
    this.#levels.set(size, level);
    level.add(milliseconds / this.rows(rows));
  }
}

function sizeOf(contextLength: number): number {
  return Math.max(0, Math.ceil(Math.log2(Math.max(1, contextLength) / 256)));
}
