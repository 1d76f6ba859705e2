import { describe, expect, it } from 'vitest';
import { FeedRecorder } from './feed-recorder.js';
import { counters, engine, reading } from './testing/counters.js';

const recorder = (): FeedRecorder => new FeedRecorder({ interval: 1000, capacity: 3, windowReadings: 2 });

describe('FeedRecorder', () => {
  it('takes rates over the time that really passed', () => {
    const feed = recorder();
    expect(feed.record(reading(0, [engine(100)])).point.tokensPerSecond).toBeNull();
    expect(feed.record(reading(2000, [engine(160), engine(40)])).point.tokensPerSecond).toBe(50);
    expect(feed.record(reading(2000, [engine(160)])).point.tokensPerSecond).toBeNull();
  });

  it('never shows a rate below zero', () => {
    const feed = recorder();
    feed.record(reading(0, [engine(100)]));
    expect(feed.record(reading(1000, [engine(10)])).point.tokensPerSecond).toBe(0);
  });

  it('looks at the window for acceptance, and at everything for totals', () => {
    const feed = recorder();
    const at = (draftedTokens: number, acceptedTokens: number) =>
      [engine(0, counters({ rounds: draftedTokens, draftedTokens, acceptedTokens }))] as const;
    feed.record(reading(0, at(100, 100)));
    feed.record(reading(1000, at(200, 100)));
    feed.record(reading(2000, at(300, 100)));
    const { point, status } = feed.record(reading(3000, at(400, 150)));
    expect(point.acceptanceRate).toBe(0.25);
    expect(status.total.acceptanceRate).toBe(0.375);
  });

  it('shows the depths planned since the last reading', () => {
    const feed = recorder();
    feed.record(reading(0, [engine(0, counters({ plans: { 'cascade:8': 1000 } }))]));
    const plans = { 'cascade:8': 1001, standard: 3 };
    expect(feed.record(reading(1000, [engine(0, counters({ plans }))])).point.depth).toBe(2);
    expect(feed.record(reading(2000, [engine(0, counters({ plans }))])).point.depth).toBeNull();
  });

  it('adds engines up, and counts the memory of one in the server’s process once', () => {
    const engines = [engine(0), engine(0, counters(), { index: 1, processId: 1, residentBytes: 500 })];
    const { point, status } = recorder().record(reading(0, engines));
    expect(point).toMatchObject({ running: 2, waiting: 4, serverBytes: 500, enginesBytes: 1000 });
    expect(status.kvTokens / status.kvCapacity).toBe(0.25);
    expect(status.engines.map(({ index }) => index)).toEqual([0, 1]);
  });

  it('keeps no more points than it may', () => {
    const feed = recorder();
    for (const time of [0, 1, 2, 3, 4]) feed.record(reading(time, []));
    expect(feed.history.points.map(({ time }) => time)).toEqual([2, 3, 4]);
    expect(feed.history.status?.engines).toEqual([]);
  });
});
