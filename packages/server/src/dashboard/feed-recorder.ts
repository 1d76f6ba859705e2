import type { FeedHistory, FeedPoint, FeedSample, FeedStatus } from './feed.js';
import { describeReading, type Reading } from './reading.js';

/** Turns readings into what the page is sent, and keeps as much of it as a page that opens wants to see. */
export class FeedRecorder {
  readonly #interval: number;
  readonly #capacity: number;
  readonly #windowReadings: number;
  /** Those of the window, oldest first. */
  #readings: Reading[] = [];
  #points: FeedPoint[] = [];
  #status: FeedStatus | undefined;

  constructor(options: {
    /** Milliseconds between readings. */
    readonly interval: number;
    /** Points to keep. */
    readonly capacity: number;
    /** Readings that rates are taken over. */
    readonly windowReadings: number;
  }) {
    this.#interval = options.interval;
    this.#capacity = options.capacity;
    this.#windowReadings = options.windowReadings;
  }

  get history(): FeedHistory {
    return { interval: this.#interval, capacity: this.#capacity, points: [...this.#points], status: this.#status };
  }

  record(reading: Reading): FeedSample {
    const sample = describeReading(reading, { previous: this.#readings.at(-1), windowStart: this.#readings[0] });
    this.#readings = [...this.#readings, reading].slice(-this.#windowReadings);
    this.#points.push(sample.point);
    if (this.#points.length > this.#capacity) this.#points.shift();
    this.#status = sample.status;
    return sample;
  }
}
