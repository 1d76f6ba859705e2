import { ControllerOptionError } from './errors.js';
import type { CalibrationPoint } from './estimate/calibration.js';
import { requireFractions, requireIntegers } from './option-checks.js';

/** What `costAware` may choose from, and how eagerly it moves. */
export interface CostAwareOptions {
  /** Depths to choose from, in tokens, ascending. Integers >= 1. @default [1, 2, 3, 4, 6, 8, 12, 16] */
  readonly depths?: readonly number[];
  /** Widths to choose from, in children per node, ascending. Integers >= 1. @default [1] */
  readonly widths?: readonly number[];
  /** Never ask for guesses less likely to be accepted than this; more may be asked for. In [0, 1]. @default 0 */
  readonly minimumConfidence?: number;
  /** Rounds of a drafter after which an observation of its acceptance weighs 1/e. Integer >= 1. @default 32 */
  readonly window?: number;
  /** Rounds between two changes of plan. Integer >= 1. @default 16 */
  readonly dwell?: number;
  /** Expected gain, as a share of the present speed, that a change of plan must bring. In [0, 1]. @default 0.04 */
  readonly hysteresis?: number;
  /** Share of all time that may be lost to looking at drafts out of use. In [0, 1]. @default 0.015 */
  readonly exploration?: number;
  /** Guessed tokens of all sequences in one forward; each gets its even share. Integer >= 1. @default 64 */
  readonly nodesInFlight?: number;
  /** Measured forwards to start from: rows and milliseconds. @default [] */
  readonly calibration?: readonly CalibrationPoint[];
}

/** Fills the defaults in. Throws `ControllerOptionError` for options out of range. */
export function checkCostAwareOptions(options: CostAwareOptions): Required<CostAwareOptions> {
  const {
    depths = [1, 2, 3, 4, 6, 8, 12, 16],
    widths = [1],
    minimumConfidence = 0,
    window = 32,
    dwell = 16,
    hysteresis = 0.04,
    exploration = 0.015,
    nodesInFlight = 64,
    calibration = [],
  } = options;
  requireIntegers({ window, dwell, nodesInFlight });
  requireFractions({ minimumConfidence, hysteresis, exploration });
  requireAscending('depths', depths);
  requireAscending('widths', widths);
  requireCalibration(calibration);
  return {
    depths,
    widths,
    minimumConfidence,
    window,
    dwell,
    hysteresis,
    exploration,
    nodesInFlight,
    calibration,
  };
}

function requireAscending(option: string, values: readonly number[]): void {
  const ascending = values.every((value, index) => Number.isInteger(value) && value > (values[index - 1] ?? 0));
  if (values.length > 0 && ascending) return;
  throw new ControllerOptionError(`${option} must be ascending integers >= 1, but are [${values.join(', ')}].`, {
    option,
    values,
  });
}

function requireCalibration(calibration: readonly CalibrationPoint[]): void {
  const seen = new Set<number>();
  for (const { tokens, milliseconds } of calibration) {
    requireIntegers({ 'calibration.tokens': tokens });
    if (!(milliseconds > 0 && milliseconds < Number.POSITIVE_INFINITY)) {
      throw new ControllerOptionError(`calibration.milliseconds must be finite and > 0, but is ${milliseconds}.`, {
        tokens,
        milliseconds,
      });
    }
    if (seen.has(tokens)) {
      throw new ControllerOptionError(`calibration has two entries for ${tokens} tokens. Keep one.`, { tokens });
    }
    seen.add(tokens);
  }
}
