/** Weight of the newest reading once there were many. */
const SMOOTHING = 0.05;
/** A reading counts at most as this many times the mean: a pause of the process is no price. */
const CLIP = 3;
/** Readings from which the mean is good enough to tell a pause. */
const ENOUGH_READINGS = 4;

/**
 * What drafters take to follow a round in which none is asked. Once they were asked that is paid either way, so that
 * asking costs only what it takes on top.
 */
export class FollowingCost {
  #readings = 0;
  #mean = 0;

  /** Mean milliseconds of a round; 0 while unknown. */
  get milliseconds(): number {
    return this.#mean;
  }

  observe(milliseconds: number): void {
    if (!(milliseconds >= 0 && milliseconds < Number.POSITIVE_INFINITY)) return;
    const known = this.#readings >= ENOUGH_READINGS && this.#mean > 0;
    const time = known ? Math.min(milliseconds, CLIP * this.#mean) : milliseconds;
    this.#readings++;
    this.#mean += Math.max(SMOOTHING, 1 / this.#readings) * (time - this.#mean);
  }
}
