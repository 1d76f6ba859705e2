/** An axis from 0 to `top`, marked at `ticks`. */
export interface Axis {
  readonly top: number;
  readonly ticks: readonly number[];
}

const STEPS = [1, 2, 2.5, 5, 10];

/** Round marks from 0 to just above the greatest value. `least`: the top where all values are small. */
export function valueAxis(values: readonly (number | null)[], least: number): Axis {
  const greatest = values.reduce<number>((most, value) => Math.max(most, value ?? 0), least);
  const rough = greatest / 3;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = (STEPS.find((candidate) => candidate * power >= rough) ?? 10) * power;
  const count = Math.ceil(greatest / step - 1e-9);
  return { top: step * count, ticks: Array.from({ length: count + 1 }, (_, index) => index * step) };
}

/** What a time axis shows: the shortest of these spans, in seconds, that holds all points. */
const SPANS = [60, 120, 300, 600] as const;

export interface TimeAxis {
  /** Milliseconds. */
  readonly span: number;
  /** Milliseconds before now, oldest first, with what to write there. */
  readonly ticks: readonly { readonly ago: number; readonly label: string }[];
}

export function timeAxis(age: number): TimeAxis {
  const seconds = SPANS.find((span) => span * 1000 >= age) ?? 600;
  const label = (ago: number): string => (seconds <= 120 ? `−${ago} s` : `−${ago / 60} min`);
  return {
    span: seconds * 1000,
    ticks: [
      { ago: seconds * 1000, label: label(seconds) },
      { ago: (seconds / 2) * 1000, label: label(seconds / 2) },
      { ago: 0, label: 'now' },
    ],
  };
}

/** A value at a time. `null`: nothing to measure it by at that time. */
export interface ChartPoint<Value = number | null> {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly value: Value;
}

/** Runs of points that have a value: a line is broken where there is none. */
export function segments(points: readonly ChartPoint[]): readonly (readonly ChartPoint<number>[])[] {
  const runs: ChartPoint<number>[][] = [];
  let isBroken = true;
  for (const { time, value } of points) {
    if (value !== null) {
      if (isBroken) runs.push([]);
      runs.at(-1)?.push({ time, value });
    }
    isBroken = value === null;
  }
  return runs;
}
