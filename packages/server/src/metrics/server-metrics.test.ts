import type { EngineProcessSnapshot } from '@foretoken/server';
import { describe, expect, it } from 'vitest';
import { type GpuReading, GpuReadings, parseGpus } from './gpu-readings.js';
import { sumPlans } from './plan-labels.js';
import { ServerMetrics } from './server-metrics.js';
import { engineSnapshot } from './testing/engine-snapshot.js';

const noGpus = () => Promise.resolve(undefined);

function metricsOf(
  engines: readonly EngineProcessSnapshot[],
  readGpus: () => Promise<readonly GpuReading[] | undefined> = noGpus,
): ServerMetrics {
  return new ServerMetrics({
    engine: { snapshot: () => ({ engines }) },
    model: 'a model',
    gpus: new GpuReadings(readGpus),
  });
}

/** Value of one series; labels in any order, the model's left out. */
async function readSeries(metrics: ServerMetrics, series: string): Promise<number | undefined> {
  const sorted = (labels: string): string => labels.split(',').filter(Boolean).sort().join(',');
  const [, name = '', labels = ''] = /^(\w+)(?:\{(.*)\})?$/.exec(series) ?? [];
  for (const line of (await metrics.text()).split('\n')) {
    const [, lineName, lineLabels = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    const own = lineLabels.replace(/,?model_name="a model"/, '');
    if (lineName === name && sorted(own) === sorted(labels)) return Number(value);
  }
  return undefined;
}

describe('what engines do', () => {
  it.each([
    ['foretoken_num_requests_running{engine="0"}', 3],
    ['foretoken_num_requests_waiting{engine="0"}', 4],
    ['foretoken_kv_cache_usage_perc{engine="0"}', 0.25],
    ['foretoken_prompt_tokens_total{engine="0"}', 57],
    ['foretoken_generation_tokens_total{engine="0"}', 59],
    ['foretoken_num_preemptions_total{engine="0"}', 56],
    ['foretoken_requests_refused_total{engine="0"}', 55],
    ['foretoken_forwards_total{engine="0"}', 60],
    ['foretoken_prefix_cache_queries_total{engine="0"}', 57],
    ['foretoken_prefix_cache_hits_total{engine="0"}', 58],
    ['foretoken_spec_decode_num_drafts_total{engine="0"}', 60],
    ['foretoken_spec_decode_num_draft_tokens_total{engine="0"}', 103],
    ['foretoken_spec_decode_num_accepted_tokens_total{engine="0"}', 104],
    ['foretoken_spec_decode_num_accepted_tokens_per_pos_total{engine="0",position="1"}', 34],
    ['foretoken_rounds_total{engine="0"}', 101],
    ['foretoken_plans_total{engine="0",drafter="standard",depth="0"}', 5],
    ['foretoken_plans_total{engine="0",drafter="lookup",depth="6"}', 9],
    ['foretoken_plans_total{engine="0",drafter="model:org/name",depth="6"}', 8],
    ['foretoken_plan_changes_total{engine="0"}', 107],
    ['foretoken_standard_rounds_total{engine="0",reason="not-worth-it"}', 30],
    ['foretoken_standard_rounds_total{engine="0",reason="load"}', 11],
    ['foretoken_fallbacks_total{engine="0",cause="kv-capacity"}', 108],
    ['foretoken_round_seconds_total{engine="0",part="forward"}', 2.5],
    ['foretoken_standard_round_seconds_total{engine="0"}', 4.5],
    ['foretoken_engine_restarts_total{engine="0"}', 2],
    ['foretoken_engine_state{engine="0",state="ready"}', 1],
    ['foretoken_engine_state{engine="0",state="failed"}', 0],
    ['foretoken_engine_resident_memory_bytes{engine="0"}', 1_000_001],
  ])('%s is %d', async (series, value) => {
    expect(await readSeries(metricsOf([engineSnapshot()]), series)).toBe(value);
  });

  it('stands by engine, and is what the engines say however often one asks', async () => {
    const engines = [engineSnapshot(), engineSnapshot({ index: 1, restarts: 7, state: 'restarting' })];
    const metrics = metricsOf(engines);
    await metrics.text();
    expect(await readSeries(metrics, 'foretoken_engine_restarts_total{engine="1"}')).toBe(7);
    engines.pop();
    expect(await readSeries(metrics, 'foretoken_engine_restarts_total{engine="0"}')).toBe(2);
    expect(await readSeries(metrics, 'foretoken_engine_restarts_total{engine="1"}')).toBeUndefined();
  });

  it('is nothing while there is no engine', async () => {
    expect(await readSeries(metricsOf([]), 'foretoken_num_requests_running{engine="0"}')).toBeUndefined();
  });

  it('has no value that is not a number, however soon it is read', async () => {
    const metrics = metricsOf([]);
    for (const text of [await metrics.text(), await metrics.text()]) {
      expect(text).toContain('# TYPE foretoken_nodejs_eventloop_lag_mean_seconds gauge');
      expect(text).not.toMatch(/ nan$/im);
    }
  });

  it('counts what ends in _total, and nothing else', async () => {
    const text = await metricsOf([engineSnapshot()]).text();
    expect(text).toContain('# TYPE foretoken_num_requests_running gauge');
    expect(text).toContain('# TYPE foretoken_generation_tokens_total counter');
    expect(text).toContain('# TYPE foretoken_time_to_first_token_seconds histogram');
    expect(text).toMatch(/^foretoken_process_resident_memory_bytes\{/m);
  });

  it('has a bounded number of series, whatever depths and drafters there are', () => {
    const plans = Object.fromEntries(
      Array.from({ length: 5_000 }, (_, i) => [`drafter-${i % 100}:${1 + (i % 300)}`, 1] as const),
    );
    const sums = sumPlans(plans);
    expect(sums.length).toBeLessThanOrEqual(33 * 13);
    expect(sums.reduce((sum, { count }) => sum + count, 0)).toBe(Object.keys(plans).length);
  });
});

describe('GPUs', () => {
  it('are read from lines of nvidia-smi, and what a driver does not tell is left out', () => {
    expect(parseGpus('0, 37, 1024, 81559\n1, [N/A], [Not Supported], 8192\n\nNo devices were found\n')).toEqual([
      { index: 0, utilisation: 0.37, usedBytes: 1024 * 2 ** 20, totalBytes: 81_559 * 2 ** 20 },
      { index: 1, utilisation: undefined, usedBytes: undefined, totalBytes: 8192 * 2 ** 20 },
    ]);
  });

  it('are asked for once in a while', async () => {
    let asked = 0;
    const metrics = metricsOf([], async () => {
      asked++;
      return parseGpus('1, 50, 1, 2');
    });
    await metrics.text();
    expect(await readSeries(metrics, 'foretoken_gpu_utilization_ratio{gpu="1"}')).toBe(0.5);
    expect(await readSeries(metrics, 'foretoken_gpu_memory_total_bytes{gpu="1"}')).toBe(2 * 2 ** 20);
    expect(asked).toBe(1);
  });

  it('are no more asked for where there are none', async () => {
    let asked = 0;
    const metrics = metricsOf([], async () => {
      asked++;
      return undefined;
    });
    await metrics.text();
    await metrics.text();
    expect(asked).toBe(1);
    expect(await metrics.text()).not.toMatch(/^foretoken_gpu_\w+\{/m);
  });
});
