import type { EngineTotals } from '@foretoken/core';
import { Counter, Gauge, type Registry } from 'prom-client';
import type { EngineProcessSnapshot, EngineSnapshot, EngineState } from '../engine/text-engine.js';
import { sumPlans } from './plan-labels.js';

const STATES = ['starting', 'ready', 'restarting', 'failed', 'closed'] as const satisfies readonly EngineState[];

/** Depths with a series of their own. */
const MOST_POSITIONS = 64;

interface Series {
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

/** A counter where its name ends in `_total`, as Prometheus has it, else a gauge. */
interface EngineMetric {
  readonly name: string;
  readonly help: string;
  /** Besides `engine`. @default none */
  readonly labels?: readonly string[];
  readonly read: (engine: EngineProcessSnapshot) => number | readonly Series[];
}

/** Registers what is read from the engines when somebody asks; nothing is counted twice, and nothing in between. */
export function registerEngineMetrics(options: {
  readonly registry: Registry;
  readonly snapshot: () => EngineSnapshot;
}): void {
  const { registry, snapshot } = options;
  for (const metric of ENGINE_METRICS) {
    const settings = {
      name: `foretoken_${metric.name}`,
      help: metric.help,
      labelNames: ['engine', ...(metric.labels ?? [])],
      registers: [registry],
    };
    const readings = (): readonly Series[] => snapshot().engines.flatMap((engine) => readMetric(metric, engine));
    const Metric = metric.name.endsWith('_total') ? Counter : Gauge;
    new Metric({
      ...settings,
      // The engines count, also through restarts: what they give is the whole count each time.
      collect() {
        this.reset();
        for (const { labels, value } of readings()) this.inc(labels, value);
      },
    });
  }
}

function readMetric(metric: EngineMetric, engine: EngineProcessSnapshot): readonly Series[] {
  const read = metric.read(engine);
  const series = typeof read === 'number' ? [{ labels: {}, value: read }] : read;
  return series.map(({ labels, value }) => ({ labels: { engine: engine.index, ...labels }, value }));
}

/** Names as vLLM has them, where it has one. */
export const ENGINE_METRICS: readonly EngineMetric[] = [
  {
    name: 'num_requests_running',
    help: 'Requests that are being decoded.',
    read: ({ statistics }) => statistics.running,
  },
  {
    name: 'num_requests_waiting',
    help: 'Requests that wait for a place, preempted ones included.',
    read: ({ statistics }) => statistics.waiting,
  },
  {
    name: 'kv_cache_usage_perc',
    help: 'Share of the KV cache that running requests hold, from 0 to 1.',
    read: ({ statistics }) => (statistics.kvCapacity === 0 ? 0 : statistics.kvTokens / statistics.kvCapacity),
  },
  total('prompt_tokens_total', 'Prompt tokens of started requests.', 'promptTokens'),
  total('generation_tokens_total', 'Generated tokens.', 'generatedTokens'),
  total(
    'num_preemptions_total',
    'Times that a running request had to give its place back and wait again.',
    'preemptions',
  ),
  total('requests_refused_total', 'Requests that were refused because the queue was full.', 'refused'),
  total('forwards_total', 'Forwards of the model: several requests share one.', 'forwards'),
  total(
    'prefix_cache_queries_total',
    'Prompt tokens that were looked for among what other requests left.',
    'promptTokens',
  ),
  total('prefix_cache_hits_total', 'Prompt tokens that were found there.', 'reusedPromptTokens'),
  {
    name: 'spec_decode_num_drafts_total',
    help: 'Rounds of requests that had guesses.',
    read: ({ statistics: { totals } }) => totals.rounds - totals.standardRounds,
  },
  total('spec_decode_num_draft_tokens_total', 'Guessed tokens.', 'draftedTokens'),
  total('spec_decode_num_accepted_tokens_total', 'Guessed tokens that the model agreed with.', 'acceptedTokens'),
  {
    name: 'spec_decode_num_accepted_tokens_per_pos_total',
    help: 'Guesses that the model agreed with by their place in the round, from 0.',
    labels: ['position'],
    read: ({ statistics: { totals } }) =>
      totals.acceptedPerDepth.slice(0, MOST_POSITIONS).map((value, position) => ({ labels: { position }, value })),
  },
  total('rounds_total', 'Rounds of requests: several requests that share one forward count one each.', 'rounds'),
  {
    name: 'plans_total',
    help: 'Plans that were chosen, by drafter ("standard": none) and depth (up to; 0 without guesses).',
    labels: ['drafter', 'depth'],
    read: ({ statistics: { totals } }) =>
      sumPlans(totals.plans).map(({ drafter, depth, count }) => ({ labels: { drafter, depth }, value: count })),
  },
  total('plan_changes_total', "Times that a request's plan changed from one round to its next.", 'planChanges'),
  {
    name: 'standard_rounds_total',
    help: 'Rounds without guesses, by the reason why there were none.',
    labels: ['reason'],
    read: ({ statistics: { totals } }) =>
      Object.entries(totals.standardReasons).map(([reason, value]) => ({ labels: { reason }, value: value ?? 0 })),
  },
  {
    name: 'fallbacks_total',
    help: 'Rounds that went on without guesses, or with fewer, because something failed.',
    labels: ['cause'],
    read: ({ statistics: { totals } }) =>
      Object.entries(totals.fallbacks).map(([cause, value]) => ({ labels: { cause }, value: value ?? 0 })),
  },
  {
    name: 'round_seconds_total',
    help: 'Seconds spent in the parts of rounds.',
    labels: ['part'],
    read: ({ statistics: { totals } }) =>
      (['draft', 'forward', 'verify'] as const).map((part) => ({
        labels: { part },
        value: totals.milliseconds[part] / 1000,
      })),
  },
  {
    name: 'standard_round_seconds_total',
    help: 'Seconds that the rounds without guesses took.',
    read: ({ statistics: { totals } }) => totals.milliseconds.standard / 1000,
  },
  {
    name: 'engine_restarts_total',
    help: 'Times that the engine had to be started again.',
    read: ({ restarts }) => restarts,
  },
  {
    name: 'engine_state',
    help: '1 for the state that the engine is in, 0 for the others.',
    labels: ['state'],
    read: (engine) => STATES.map((state) => ({ labels: { state }, value: engine.state === state ? 1 : 0 })),
  },
  {
    name: 'engine_resident_memory_bytes',
    help: 'Resident memory of the engine, 0 while it is not running.',
    read: ({ residentBytes }) => residentBytes,
  },
];

/** A count of all requests' together. */
function total(
  name: string,
  help: string,
  key: { [Key in keyof EngineTotals]: EngineTotals[Key] extends number ? Key : never }[keyof EngineTotals],
): EngineMetric {
  return { name, help, read: ({ statistics }) => statistics.totals[key] };
}
