import { QueueFullError } from '@foretoken/core';
import type { RoundView, TextRequest } from '@foretoken/server';
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import {
  endless,
  failing,
  finish,
  round,
  type Script,
  ScriptedEngine,
  scriptOf,
} from '../openai/testing/scripted-engine.js';
import { ObservedTextEngine } from './observed-text-engine.js';
import { requestMetrics } from './request-metrics.js';
import type { RequestObservers } from './request-observer.js';

const request: TextRequest = { id: 'r', prompt: Int32Array.of(1), sampling: {} };
const view: RoundView = {
  ...{ index: 0, plan: { kind: 'standard' }, tree: [], tokens: ['a'] },
  milliseconds: { draft: 0, forward: 1, verify: 0 },
};

/** Writes down what it is told. */
function recorder(wantsViews = false): { readonly told: string[]; readonly observers: RequestObservers } {
  const told: string[] = [];
  const observers: RequestObservers = {
    wantsViews,
    observe: ({ id }) => {
      told.push(`observe ${id}`);
      return {
        started: ({ waitedMilliseconds }) => told.push(`started ${waitedMilliseconds}`),
        round: ({ tokens, text, view }) => told.push(`round ${tokens.length} ${text}${view ? ' with a view' : ''}`),
        finished: (reason, _statistics, text) => told.push(`finished ${reason} ${text}`),
        failed: (code) => told.push(`failed ${code}`),
        left: () => told.push('left'),
      };
    },
  };
  return { told, observers };
}

async function run(
  script: Script,
  options: {
    readonly rounds?: boolean;
    readonly wantsViews?: boolean;
    readonly stopAfter?: number;
    readonly signal?: AbortSignal;
  } = {},
): Promise<{ readonly told: string[]; readonly kinds: string[]; readonly engine: ScriptedEngine }> {
  const engine = new ScriptedEngine();
  engine.script = script;
  const { told, observers } = recorder(options.wantsViews);
  const kinds: string[] = [];
  const given = options.rounds ? { ...request, rounds: true } : request;
  try {
    for await (const event of new ObservedTextEngine(engine, [observers]).submit(given, options.signal)) {
      kinds.push(event.kind);
      if (kinds.length === options.stopAfter) break;
    }
  } catch (error) {
    kinds.push(`threw ${(error as Error).name}`);
  }
  return { told, kinds, engine };
}

describe('what is told', () => {
  it('every round', async () => {
    const { told, kinds } = await run(async function* () {
      yield { kind: 'started', waitedMilliseconds: 5, reusedPromptTokens: 0 };
      yield* [round('a'), round('g', 'g', 'b'), finish('stop', 4)];
    });
    expect(told).toEqual(['observe r', 'started 5', 'round 1 a', 'round 3 ggb', 'finished stop ']);
    expect(kinds).toEqual(['started', 'round', 'round', 'finish']);
  });

  it('an error, by its code', async () => {
    const queueFull = new QueueFullError(1, 2);
    expect((await run(failing([], queueFull))).told).toEqual(['observe r', 'failed queue-full']);
    expect((await run(failing(['a'], new TypeError('x')))).told.at(-1)).toBe('failed unexpected');
    expect((await run(failing([], queueFull))).kinds).toEqual(['threw QueueFullError']);
  });

  it('an error that is thrown at once', () => {
    const engine = new ScriptedEngine();
    engine.submit = () => {
      throw new QueueFullError(1, 2);
    };
    const { told, observers } = recorder();
    expect(() => new ObservedTextEngine(engine, [observers]).submit(request)).toThrow(QueueFullError);
    expect(told).toEqual(['observe r', 'failed queue-full']);
  });

  it('a reader that leaves, once, and the engine is let go', async () => {
    const { told, engine } = await run(scriptOf(['a', 'b', 'c']), { stopAfter: 2 });
    expect(told).toEqual(['observe r', 'started 0', 'round 1 a', 'left']);
    expect(engine.running).toBe(0);
  });

  it('a reader that leaves after the end changes nothing', async () => {
    const { told } = await run(scriptOf(['a']), { stopAfter: 3 });
    expect(told.at(-1)).toBe('finished stop ');
  });

  it('an abort, as the engine tells it', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 10);
    const { told } = await run(endless(['a']), { signal: controller.signal });
    expect(told.at(-1)).toBe('finished abort ');
  });
});

describe('views of rounds', () => {
  const script: Script = async function* (asked) {
    yield* [asked.rounds ? { ...round('a'), view } : round('a'), finish('stop', 1)];
  };

  it('are asked for where an observer wants them, or a reader', async () => {
    expect((await run(script, { wantsViews: true })).told).toContain('round 1 a with a view');
    expect((await run(script, { rounds: true })).told).toContain('round 1 a with a view');
    expect((await run(script)).told).toContain('round 1 a');
  });
});

describe('latencies', () => {
  it('stand in the right buckets', async () => {
    let now = 0;
    const registry = new Registry();
    const observer = requestMetrics(registry, () => now).observe();
    observer.started({ waitedMilliseconds: 400, reusedPromptTokens: 0 });
    now = 3_000;
    observer.round(round('a'));
    now = 3_060;
    observer.round(round('b', 'c', 'd', 'e'));
    now = 3_160;
    observer.round(round('f'));
    now = 4_000;
    observer.finished('stop', { generatedTokens: 6 } as Parameters<typeof observer.finished>[1], '');
    const text = await registry.metrics();
    const value = (series: string): number =>
      Number(
        text
          .split('\n')
          .find((line) => line.startsWith(`${series} `))
          ?.split(' ')
          .at(-1),
      );
    expect(value('foretoken_request_queue_time_seconds_sum')).toBe(0.4);
    expect(value('foretoken_time_to_first_token_seconds_sum')).toBe(3);
    expect(value('foretoken_time_to_first_token_seconds_bucket{le="2.5"}')).toBe(0);
    expect(value('foretoken_time_to_first_token_seconds_bucket{le="5"}')).toBe(1);
    expect(value('foretoken_inter_token_latency_seconds_count')).toBe(2);
    expect(value('foretoken_inter_token_latency_seconds_sum')).toBeCloseTo(0.16);
    expect(value('foretoken_inter_token_latency_seconds_bucket{le="0.075"}')).toBe(1);
    expect(value('foretoken_request_time_per_output_token_seconds_sum')).toBeCloseTo(0.032);
    expect(value('foretoken_e2e_request_latency_seconds_sum')).toBe(4);
    expect(value('foretoken_request_success_total{finished_reason="stop"}')).toBe(1);
  });

  it('of failures are none, and codes that nobody knows are one', async () => {
    const registry = new Registry();
    const metrics = requestMetrics(registry);
    for (const code of ['queue-full', 'x1', 'x2']) metrics.observe().failed(code);
    metrics.observe().left();
    const text = await registry.metrics();
    expect(text).toContain('foretoken_request_failure_total{code="queue-full"} 1');
    expect(text).toContain('foretoken_request_failure_total{code="unexpected"} 2');
    expect(text).toContain('foretoken_request_success_total{finished_reason="abort"} 1');
    expect(text).toContain('foretoken_e2e_request_latency_seconds_count 0');
  });
});
