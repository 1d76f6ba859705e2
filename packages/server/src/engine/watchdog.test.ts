import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Watchdog } from './watchdog.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('does not count the time for which it could not look itself', () => {
  const onSilence = vi.fn();
  const watchdog = new Watchdog({ silence: 4_000, onSilence });
  // However long a machine sleeps, an interval fires once afterwards.
  for (let nap = 0; nap < 15; nap++) {
    vi.setSystemTime(Date.now() + 3_600_000);
    vi.advanceTimersByTime(250);
  }
  expect(onSilence).not.toHaveBeenCalled();
  watchdog.heard();
  vi.advanceTimersByTime(3_750);
  expect(onSilence).not.toHaveBeenCalled();
  vi.advanceTimersByTime(251);
  expect(onSilence).toHaveBeenCalledTimes(1);
  expect(vi.getTimerCount()).toBe(0);
});

it('takes back a verdict when a sign of life was already there', () => {
  const onSilence = vi.fn();
  const watchdog = new Watchdog({ silence: 4_000, onSilence });
  // As when the event loop was held up: the timer is due first, then what has arrived is read, then immediates run.
  const looks = setInterval(() => watchdog.heard(), 4_000);
  vi.advanceTimersByTime(60_000);
  expect(onSilence).not.toHaveBeenCalled();
  watchdog.stop();
  clearInterval(looks);
  expect(vi.getTimerCount()).toBe(0);
});

it.each([0, 1, 249, 1_000, 2_345])('tells of silence within its time, %i ms after it began to look', (after) => {
  const onSilence = vi.fn();
  const watchdog = new Watchdog({ silence: 4_000, onSilence });
  vi.advanceTimersByTime(after);
  watchdog.heard();
  vi.advanceTimersByTime(3_740);
  expect(onSilence).not.toHaveBeenCalled();
  vi.advanceTimersByTime(261);
  expect(onSilence).toHaveBeenCalledTimes(1);
});
