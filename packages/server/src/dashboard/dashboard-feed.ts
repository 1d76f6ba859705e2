import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { Response } from 'express';
import type { TextEngine } from '../engine/text-engine.js';
import { EVENT_STREAM_HEADERS } from '../http/sse-response.js';
import { SERVER_METRICS, TEXT_ENGINE } from '../lifecycle/injection-tokens.js';
import type { ServerMetrics } from '../metrics/server-metrics.js';
import type { FeedEvent } from './feed.js';
import { FeedRecorder } from './feed-recorder.js';
import { type Reading, takeReading } from './reading.js';

/** Milliseconds between samples. */
const SAMPLE_INTERVAL = 1000;

/** Ten minutes: long enough to see what a load did, little enough (100 kB) to send to every page that opens. */
const HISTORY_POINTS = 600;

/** Seconds that rates are taken over: shorter ones jump about, longer ones hide what just changed. */
const WINDOW_SECONDS = 60;

/** Bytes that may wait for a slow reader. Beyond them it misses samples, which the next one makes up for. */
const MOST_UNREAD_BYTES = 1024 * 1024;

/** Samples the engine each second, watched or not, and tells whoever watches. */
@Injectable()
export class DashboardFeed implements OnModuleInit, OnModuleDestroy {
  readonly #watchers = new Set<Response>();
  readonly #recorder = new FeedRecorder({
    interval: SAMPLE_INTERVAL,
    capacity: HISTORY_POINTS,
    windowReadings: (WINDOW_SECONDS * 1000) / SAMPLE_INTERVAL,
  });
  #timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(TEXT_ENGINE) private readonly engine: TextEngine,
    @Inject(SERVER_METRICS) private readonly metrics: ServerMetrics,
  ) {}

  get watchers(): number {
    return this.#watchers.size;
  }

  onModuleInit(): void {
    this.#timer = setInterval(() => this.#sample(), SAMPLE_INTERVAL).unref();
  }

  /** Ends all feeds, which would otherwise keep a server that closes waiting for ever. */
  onModuleDestroy(): void {
    clearInterval(this.#timer);
    for (const watcher of this.#watchers) watcher.end();
    this.#watchers.clear();
  }

  /** Sends the history at once, then every sample, until the reader leaves. */
  watch(watcher: Response): void {
    watcher.writeHead(200, EVENT_STREAM_HEADERS).flushHeaders();
    const leave = (): void => void this.#watchers.delete(watcher);
    watcher.once('close', leave);
    // Not every Node.js tells a response that still waits behind another on its connection; its request is told.
    watcher.req.once('close', leave);
    this.#watchers.add(watcher);
    send(watcher, { kind: 'history', history: this.#recorder.history });
  }

  #sample(): void {
    const sample = this.#recorder.record(this.#read());
    for (const watcher of this.#watchers) send(watcher, { kind: 'sample', sample });
  }

  #read(): Reading {
    const { gpus } = this.metrics;
    // What comes of it is shown with a later sample.
    void gpus.refresh();
    const { state } = this.engine;
    return takeReading({
      time: Date.now(),
      state,
      description: state === 'ready' || state === 'restarting' ? this.engine.description : undefined,
      engines: this.engine.snapshot().engines,
      gpus: gpus.latest,
      serverProcessId: process.pid,
      serverBytes: process.memoryUsage.rss(),
      uptimeSeconds: process.uptime(),
    });
  }
}

function send(watcher: Response, event: FeedEvent): void {
  if (watcher.writableLength <= MOST_UNREAD_BYTES) watcher.write(`data: ${JSON.stringify(event)}\n\n`);
}
