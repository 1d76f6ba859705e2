/** A measured forward, to start from. */
export interface CalibrationPoint {
  /** Rows of the forward: sequences x tokens of each. Integer >= 1. */
  readonly tokens: number;
  /** Duration, in milliseconds. > 0. */
  readonly milliseconds: number;
}

/** Linear between the points, flat before the first, and growing with the last slope after the last. */
export function calibratedCost(calibration: readonly CalibrationPoint[], rows: number): number {
  const points = [...calibration].sort((one, other) => one.tokens - other.tokens);
  const after = points.findIndex(({ tokens }) => tokens >= rows);
  const index = after === -1 ? points.length - 1 : after;
  const high = points[index];
  const low = points[index - 1];
  if (high === undefined) return 1;
  if (low === undefined) return high.milliseconds;
  const slope = (high.milliseconds - low.milliseconds) / (high.tokens - low.tokens);
  return after === -1
    ? high.milliseconds + Math.max(0, slope) * (rows - high.tokens)
    : low.milliseconds + slope * (rows - low.tokens);
}
