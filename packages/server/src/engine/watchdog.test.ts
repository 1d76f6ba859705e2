import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Watchdog } from './watchdog.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('does not count the time for which it could not look itself', () => {
  const onSilence = vi.fn();
  const watchdog = new Watchdog({ silence: 4_000, onSilence });
  // However long a machine sleeps, an interval fires once afterwards.
  for (let nap = 0; nap < 4; nap++) {
    vi.setSystemTime(Date.now() + 3_600_000);
    vi.advanceTimersByTime(1_000);
  }
  expect(onSilence).not.toHaveBeenCalled();
  watchdog.heard();
  vi.advanceTimersByTime(4_000);
  expect(onSilence).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1_001);
  expect(onSilence).toHaveBeenCalledTimes(1);
  expect(vi.getTimerCount()).toBe(0);
});

it('takes back a verdict when a sign of life was already there', () => {
  const onSilence = vi.fn();
  const watchdog = new Watchdog({ silence: 4_000, onSilence });
  // As when the event loop was held up: the timer is due first, then what has arrived is read, then immediates run.
  const looks = setInterval(() => watchdog.heard(), 5_000);
  vi.advanceTimersByTime(60_000);
  expect(onSilence).not.toHaveBeenCalled();
  watchdog.stop();
  clearInterval(looks);
  expect(vi.getTimerCount()).toBe(0);
});
