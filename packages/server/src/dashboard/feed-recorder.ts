import type { FeedHistory, FeedPoint, FeedSample, FeedStatus } from './feed.js';
import { describeReading, type Reading } from './reading.js';

interface RecorderOptions {
  /** Milliseconds between readings. */
  readonly interval: number;
  readonly capacity: number;
  /** Readings that rates are taken over. */
  readonly windowReadings: number;
}

/** Turns readings into what the page is sent, and keeps as much of it as a page that opens wants to see. */
export class FeedRecorder {
  readonly #options: RecorderOptions;
  /** Those of the window, oldest first. */
  #readings: Reading[] = [];
  #points: FeedPoint[] = [];
  #status: FeedStatus | undefined;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  get history(): FeedHistory {
    const { interval, capacity } = this.#options;
    return { interval, capacity, points: [...this.#points], status: this.#status };
  }

  record(reading: Reading): FeedSample {
    const sample = describeReading(reading, { previous: this.#readings.at(-1), windowStart: this.#readings[0] });
    this.#readings = [...this.#readings, reading].slice(-this.#options.windowReadings);
    this.#points.push(sample.point);
    if (this.#points.length > this.#options.capacity) this.#points.shift();
    this.#status = sample.status;
    return sample;
  }
}
