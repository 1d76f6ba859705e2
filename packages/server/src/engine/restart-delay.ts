/** Milliseconds before the first restart: what just died may have left something to settle. */
const FIRST = 100;
/** Milliseconds: who repairs what keeps an engine from starting does not wait long for it. */
const LONGEST = 30_000;

/** Milliseconds to wait before an engine is started again, after so many starts in a row that brought nothing (0: it had worked). */
export function restartDelay(failures: number): number {
  return Math.min(LONGEST, FIRST * 2 ** failures);
}
