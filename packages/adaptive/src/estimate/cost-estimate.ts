import { type CalibrationPoint, calibratedCost } from './calibration.js';
import { monotone } from './monotone.js';

/** What has been learned of the cost of forwards, as saved: logarithms and their variances. */
export interface CostState {
  readonly curve: readonly { readonly rows: number; readonly log: number; readonly variance: number }[];
  /** One entry for each power of two of context length and of sequences in a forward. */
  readonly levels: readonly {
    readonly contextOctave: number;
    readonly batchOctave: number;
    /** Forwards without guesses that were measured there. */
    readonly standardReadings: number;
    readonly log: number;
    readonly variance: number;
  }[];
}

/** A forward to be priced. */
export interface ForwardShape {
  /** Tokens of each sequence; their mean where they differ. */
  readonly tokens: number;
  /** Sequences that share the forward. */
  readonly activeSequences: number;
  /** Committed tokens of this sequence. */
  readonly contextLength: number;
}

interface Estimate {
  log: number;
  variance: number;
}

interface Level extends Estimate {
  readonly contextOctave: number;
  readonly batchOctave: number;
  standardReadings: number;
}

const KNOTS = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 128, 256, 512, 1024];
const MOST_KNOWN_ROWS = 1024;
/** Relative spread of one timing, squared. */
const NOISE = 0.01;
/** How much the level and the shape of the curve may drift per reading, as squared relative change. */
const LEVEL_DRIFT = 1e-4;
const CURVE_DRIFT = 1e-6;
const UNKNOWN = 0.04;
const MOST_UNKNOWN = 0.1;
const CALIBRATED = 0.0025;
/** Growth per row assumed before anything is known, relative to one row. */
const ASSUMED_SLOPE = 0.03;
/** Readings further out than this many standard deviations are ignored unless the one before was as far out. */
const OUTLIER = 6;
const CLIP = 2;
/** Forwards without guesses from which the level of a context and batch counts as known. */
const ENOUGH_READINGS = 4;

/**
 * Milliseconds of a forward, learned online: cost = level(context, batch) x curve(rows), each a scalar Kalman filter of the
 * logarithm (Kalman, 1960); a reading's surprise is shared out by their uncertainties. Surprises are clipped (Huber,
 * "Robust Estimation of a Location Parameter", 1964) and lone outliers, such as a compilation, dropped. The rows of all
 * sequences in a batch count together. Contexts and batches share a level per power of two.
 */
export class CostEstimate {
  readonly #curve = new Map<number, Estimate>();
  readonly #levels = new Map<string, Level>();
  #last: Level | undefined;
  #outlierBefore = 0;
  #monotone: readonly number[] | undefined;
  /** Milliseconds by rows, until more is known. */
  readonly #tables = new Map<string, number[]>();

  constructor(calibration: readonly CalibrationPoint[] = [], state?: CostState) {
    const calibrated = calibration.length > 0;
    const calibratedRows = Math.max(0, ...calibration.map(({ tokens }) => tokens));
    for (const rows of KNOTS) {
      const ratio = calibrated
        ? calibratedCost(calibration, rows) / calibratedCost(calibration, 1)
        : 1 + ASSUMED_SLOPE * (rows - 1);
      const variance = rows === 1 ? 0 : rows <= calibratedRows ? CALIBRATED : UNKNOWN;
      this.#curve.set(rows, { log: Math.log(ratio), variance });
    }
    if (calibrated) {
      const log = Math.log(calibratedCost(calibration, 1));
      this.#addLevel({ contextOctave: 0, batchOctave: 0, standardReadings: 0, log, variance: UNKNOWN });
    }
    for (const { rows, log, variance } of state?.curve ?? []) {
      if (this.#curve.has(rows)) this.#curve.set(rows, { log, variance });
    }
    for (const level of state?.levels ?? []) this.#addLevel({ ...level });
  }

  /** Takes in how long a forward took. What is not > 0 is left out: a clock may be too coarse. */
  observe(shape: ForwardShape, milliseconds: number): void {
    const { tokens, activeSequences, contextLength } = shape;
    if (!(milliseconds > 0 && milliseconds < Number.POSITIVE_INFINITY && tokens >= 1 && contextLength >= 0)) return;
    if (!(tokens * activeSequences >= 1 && tokens * activeSequences < 1e6)) return;
    const { lower, upper, share: between } = bracket(tokens * activeSequences);
    const low = this.#knot(lower);
    const high = this.#knot(upper);
    const curve = interpolated(low.log, high.log, between);
    // What part of the cost is the upper knot's.
    const share = between * Math.exp(high.log - curve);
    const level = this.#level(shape, Math.log(milliseconds) - curve);
    const surprise = Math.log(milliseconds) - curve - level.log;
    const spread = (): number => level.variance + (1 - share) * low.variance + share * high.variance + NOISE;
    const outlier = Math.abs(surprise) > OUTLIER * Math.sqrt(spread()) ? Math.sign(surprise) : 0;
    const again = outlier !== 0 && outlier === this.#outlierBefore;
    this.#outlierBefore = outlier;
    if (outlier !== 0 && !again) return;
    if (tokens === 1) level.standardReadings = Math.min(ENOUGH_READINGS, level.standardReadings + 1);
    if (again) {
      // Two in a row are no accident: what is least sure of the three is taken to be wrong.
      if (tokens === 1 || level.standardReadings < ENOUGH_READINGS) level.variance += UNKNOWN;
      if (tokens > 1 && lower !== 1) low.variance += UNKNOWN;
      if (tokens > 1 && upper !== lower) high.variance += UNKNOWN;
    }
    const total = spread();
    const limit = CLIP * Math.sqrt(total);
    const step = Math.max(-limit, Math.min(limit, surprise));
    // A forward with guesses shows level times curve: how much of it is the level, only one without guesses tells.
    const levelKnown = level.standardReadings >= ENOUGH_READINGS;
    correct(level, step, total, { share: 1, drift: LEVEL_DRIFT, learns: tokens === 1 });
    if (lower !== 1) correct(low, step, total, { share: 1 - share, drift: CURVE_DRIFT, learns: levelKnown });
    if (upper !== lower) correct(high, step, total, { share, drift: CURVE_DRIFT, learns: levelKnown });
    this.#monotone = undefined;
    this.#tables.clear();
  }

  /** Whether it was measured what a forward without guesses takes with so many sequences and such a context. */
  knowsStandard(where: Omit<ForwardShape, 'tokens'>): boolean {
    const octaves = octavesOf(where);
    const level = this.#levels.get(keyOf(octaves)) ?? this.#last;
    return level?.batchOctave === octaves.batchOctave && level.standardReadings >= ENOUGH_READINGS;
  }

  /** Expected milliseconds, never less for more rows. In units of a single row before anything was measured. */
  milliseconds({ tokens, activeSequences, contextLength }: ForwardShape): number {
    this.#monotone ??= monotone(Array.from(this.#curve.values(), ({ log, variance }) => ({ value: log, variance })));
    const { index, share } = bracket(tokens * activeSequences);
    const low = this.#monotone[index] ?? 0;
    const high = this.#monotone[share === 0 ? index : index + 1] ?? 0;
    const level = this.#levels.get(keyOf(octavesOf({ contextLength, activeSequences }))) ?? this.#last;
    return Math.exp((level?.log ?? 0) + interpolated(low, high, share));
  }

  /** Expected milliseconds of a forward by the rows of all sequences together, for a batch and a context. */
  byRows(where: Omit<ForwardShape, 'tokens'>): (rows: number) => number {
    const { activeSequences } = where;
    const key = `${keyOf(octavesOf(where))} ${activeSequences}`;
    const table = this.#tables.get(key) ?? [];
    this.#tables.set(key, table);
    const whole = (rows: number): number =>
      (table[rows] ??= this.milliseconds({ ...where, tokens: rows / activeSequences }));
    return (rows) => {
      const floor = Math.floor(rows);
      const share = rows - floor;
      return share === 0 ? whole(rows) : (1 - share) * whole(floor) + share * whole(floor + 1);
    };
  }

  save(): CostState {
    return {
      curve: [...this.#curve].map(([rows, estimate]) => ({ rows, ...estimate })),
      levels: [...this.#levels.values()].map((level) => ({ ...level })),
    };
  }

  #knot(rows: number): Estimate {
    return this.#curve.get(rows) ?? { log: 0, variance: UNKNOWN };
  }

  #addLevel(level: Level): void {
    this.#tables.clear();
    this.#levels.set(keyOf(level), level);
    this.#last = level;
  }

  /** A context or batch of a new size starts from the level of the one before. */
  #level(shape: Pick<ForwardShape, 'contextLength' | 'activeSequences'>, first: number): Level {
    const octaves = octavesOf(shape);
    const last = this.#last;
    const standardReadings = last?.batchOctave === octaves.batchOctave ? last.standardReadings : 0;
    const start = { ...octaves, standardReadings, log: last?.log ?? first, variance: UNKNOWN };
    const level = this.#levels.get(keyOf(octaves)) ?? start;
    this.#addLevel(level);
    return level;
  }
}

function correct(
  estimate: Estimate,
  step: number,
  total: number,
  { share, drift, learns }: { readonly share: number; readonly drift: number; readonly learns: boolean },
): void {
  const gain = (estimate.variance / total) * share;
  estimate.log += gain * step;
  // Two unknowns that were only seen multiplied are not known any better for it.
  estimate.variance = Math.min(MOST_UNKNOWN, estimate.variance * (learns ? 1 - gain : 1) + drift);
}

type Octaves = Pick<Level, 'contextOctave' | 'batchOctave'>;

function octavesOf(shape: Pick<ForwardShape, 'contextLength' | 'activeSequences'>): Octaves {
  const octave = (value: number): number => Math.floor(Math.log2(Math.max(1, value)));
  return { contextOctave: octave(shape.contextLength + 1), batchOctave: octave(shape.activeSequences) };
}

function keyOf({ contextOctave, batchOctave }: Octaves): string {
  return `${contextOctave} ${batchOctave}`;
}

/** Logarithm of a cost between two others, of which the logarithms are given: a row more costs the same all the way. */
function interpolated(low: number, high: number, share: number): number {
  return share === 0 ? low : low + Math.log1p(share * Math.expm1(high - low));
}

/** Where rows lie between knots: on or after the one at `index`, by a share of the way to the next. */
interface Bracket {
  readonly index: number;
  readonly lower: number;
  readonly upper: number;
  readonly share: number;
}

/** Of whole numbers of rows; they are looked up in every round, for every draft that may be planned. */
const BRACKETS: Bracket[] = [];

function bracket(rows: number): Bracket {
  if (!Number.isInteger(rows) || rows > MOST_KNOWN_ROWS) return findBracket(rows);
  BRACKETS[rows] ??= findBracket(rows);
  return BRACKETS[rows];
}

function findBracket(rows: number): Bracket {
  const after = KNOTS.findIndex((knot) => knot > rows);
  const index = Math.max(0, after === -1 ? KNOTS.length - 1 : after - 1);
  const lower = KNOTS[index] ?? 1;
  const next = KNOTS[index + 1] ?? lower;
  const isOn = rows <= lower || next === lower;
  return isOn
    ? { index, lower, upper: lower, share: 0 }
    : { index, lower, upper: next, share: (rows - lower) / (next - lower) };
}
