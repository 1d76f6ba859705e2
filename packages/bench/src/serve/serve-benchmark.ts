import { withoutUndefined } from '@foretoken/core';
import { rotated } from '../forward/schedule.js';
import type { BenchmarkPrompt } from '../prompts/read-prompts.js';
import type { Environment } from '../results/environment.js';
import { sum } from '../results/statistics.js';
import { AnswerKey } from './answer-key.js';
import type { Load } from './generate-load.js';
import { runBlock } from './run-block.js';
import { SERVE_MODES, type ServeBlock, type ServeRecord } from './serve-record.js';
import { loadName } from './serve-results.js';
import { type ServerSettings, withServers } from './server-process.js';

/** What `bench:serve` runs. */
export interface ServeBenchmarkOptions extends Omit<ServerSettings, 'mode'> {
  readonly environment: Environment;
  /** Path of the built process of a server. */
  readonly workerScript: string;
  readonly prompts: readonly BenchmarkPrompt[];
  /** Closed loads: streams at a time. @default [1, 2, 4, 8, 16] */
  readonly concurrency?: readonly number[];
  /** Open loads: arrivals a second. @default 0.7 of what the server without speculation answers at the highest concurrency */
  readonly rates?: readonly number[];
  /** Most tokens of an answer. @default 64 */
  readonly maximumTokens?: number;
  /** Times that each load is put on each server. @default 3 */
  readonly repeats?: number;
  /** Requests of a block. @default 3 times the concurrency, at least 16, at most one for each prompt */
  readonly requests?: number;
  /** Milliseconds after which a block sends no more requests; without `requests` prompts come again then. @default no limit */
  readonly duration?: number;
  /** Told of every block as it ends. */
  readonly onBlock?: (block: ServeBlock) => void;
  /** Told what is going on, for a terminal. */
  readonly onNote?: (note: string) => void;
}

const CONCURRENCY = [1, 2, 4, 8, 16];
const MAXIMUM_TOKENS = 64;
/** Answers of each stream of a block: enough that its end, where streams are missing, weighs little. */
const ROUNDS = 3;
const LEAST_REQUESTS = 16;
const OPEN_REQUESTS = 32;
/** Arrivals of an open load, of what is answered at the highest concurrency. */
const OPEN_SHARE = 0.7;
const SEED = 1;

/**
 * The server under load, with and without speculation: one server for each mode, each in processes of its own, of which
 * one is loaded while the others wait. A block is one load on one server; modes take turns in rotating order, each with
 * the same prompts, so that a machine that slows down favours none. For every repeat the servers are started anew and
 * every prompt comes once: no server remembers an answer.
 *
 * Every answer, and how long its first text took, is compared with what its prompt gets alone and without guesses.
 *
 * Throws an `Error` without prompts, and with the reason when a server does not start.
 */
export async function runServeBenchmark(options: ServeBenchmarkOptions): Promise<ServeRecord> {
  const {
    environment,
    prompts,
    concurrency = CONCURRENCY,
    maximumTokens = MAXIMUM_TOKENS,
    repeats = 3,
    onNote,
  } = options;
  if (prompts.length === 0) throw new Error('There are no prompts to run.');
  onNote?.(`${prompts.length} answers alone, without guesses`);
  const key = new AnswerKey({ maximumTokens });
  const { model, device, executor, sequences } = await withServers(['off'], settingsOf(options), async ([server]) => {
    if (server === undefined) throw new Error('No server was started.');
    await key.learn(server.url, prompts);
    return server;
  });
  const blocks: ServeBlock[] = [];
  const measure = async (load: Load): Promise<void> => {
    for (let repeat = 0; repeat < repeats; repeat++) {
      onNote?.(`${load.kind === 'closed' ? `${load.concurrency} at a time` : loadName(load)}, repeat ${repeat + 1}`);
      blocks.push(...(await measureOnce(load, repeat, key, options)));
    }
  };
  for (const streams of concurrency) await measure({ kind: 'closed', concurrency: streams });
  for (const requestsPerSecond of options.rates ?? defaultRates(blocks)) {
    await measure({ kind: 'open', requestsPerSecond });
  }
  return {
    environment,
    options: { model, device, executor, sequences, maximumTokens, prompts: prompts.length, repeats },
    seeds: Array.from({ length: repeats }, (_, repeat) => SEED + repeat),
    samples: blocks,
  };
}

/** The load on the server of each mode, one after the other. */
function measureOnce(
  load: Load,
  repeat: number,
  key: AnswerKey,
  options: ServeBenchmarkOptions,
): Promise<readonly ServeBlock[]> {
  const { prompts, maximumTokens = MAXIMUM_TOKENS, onBlock } = options;
  const limits = limitsOf(load, options);
  // Every repeat begins where the one before ended.
  const own = rotated(prompts, repeat * (limits.requests ?? 0));
  return withServers(SERVE_MODES, settingsOf(options), async (servers) => {
    const blocks: ServeBlock[] = [];
    for (const [turn, server] of rotated(servers, repeat).entries()) {
      const measured = await runBlock({ server, load, prompts: own, maximumTokens, seed: SEED + repeat, ...limits });
      blocks.push({ ...measured, repeat, turn });
    }
    // Fused operators give a token the same bits whoever else is computed with it: there are no ties.
    const mayTie = servers.filter(({ mode, executor }) => mode !== 'adaptive' && executor !== 'fused');
    const urls = mayTie.map(({ url }) => url);
    const judged: ServeBlock[] = [];
    for (const block of blocks) judged.push(await key.judge(block, urls));
    for (const block of judged) onBlock?.(block);
    return judged;
  });
}

function settingsOf(options: ServeBenchmarkOptions): Parameters<typeof withServers>[1] {
  const { workerScript, model, executor, sequences } = options;
  return { workerScript, ...withoutUndefined({ model, executor, sequences }) };
}

function limitsOf(
  load: Load,
  { prompts, requests, duration }: ServeBenchmarkOptions,
): { readonly requests?: number; readonly duration?: number } {
  if (requests === undefined && duration !== undefined) return { duration };
  const wanted = Math.max(LEAST_REQUESTS, load.kind === 'closed' ? ROUNDS * load.concurrency : OPEN_REQUESTS);
  return { requests: requests ?? Math.min(prompts.length, wanted), ...withoutUndefined({ duration }) };
}

/** A rate that the server without speculation can carry, but not easily. */
function defaultRates(blocks: readonly ServeBlock[]): readonly number[] {
  const off = blocks.filter(({ mode }) => mode === 'off');
  const last = off.filter(({ load }) => load === off.at(-1)?.load);
  const requests = sum(last, ({ answers }) => answers.length);
  const seconds = sum(last, ({ milliseconds }) => milliseconds / 1000);
  return requests === 0 ? [] : [Math.round((100 * OPEN_SHARE * requests) / seconds) / 100];
}
