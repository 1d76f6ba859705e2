import { arithmeticSummary } from '../arithmetic/arithmetic-summary.js';
import { decodeSummary } from '../decode/decode-summary.js';
import { forwardSummary } from '../forward/forward-summary.js';
import { losslessSummary } from '../lossless/lossless-summary.js';
import { peersSummary } from '../peers/peers-summary.js';
import { serveSummary } from '../serve/serve-summary.js';
import { controllersSummary } from '../simulator/controllers-summary.js';
import type { Environment } from './environment.js';

/** The tables of each benchmark's record, in the order of `summary.md`. */
const SUMMARIES = {
  decode: decodeSummary,
  forward: forwardSummary,
  peers: peersSummary,
  lossless: losslessSummary,
  serve: serveSummary,
  arithmetic: arithmeticSummary,
  controllers: controllersSummary,
};

export type Benchmark = keyof typeof SUMMARIES;

/** The latest record of each benchmark. */
export type Records = { readonly [Name in Benchmark]?: Parameters<(typeof SUMMARIES)[Name]>[0] };

/** The tables of records, and for each where it was measured: the text of `summary.md`. */
export function summaryOf(records: Records): string {
  const parts = (Object.keys(SUMMARIES) as Benchmark[]).flatMap((name) => {
    const record = records[name];
    if (record === undefined) return [];
    const title = name === 'arithmetic' ? 'measure:arithmetic' : `bench:${name}`;
    return [`## ${title}`, environmentLine(record.environment), tablesOf(records, name)];
  });
  return `${['# Benchmarks', ...parts].join('\n\n')}\n`;
}

/** The tables of one benchmark's record. */
export function tablesOf<Name extends Benchmark>(records: Records, name: Name): string {
  const record = records[name];
  const summary = SUMMARIES[name] as (record: NonNullable<Records[Name]>) => string;
  return record === undefined ? '' : summary(record);
}

function environmentLine({ date, commit, modified, machine, node }: Environment): string {
  const gigabytes = (machine.memory / 2 ** 30).toFixed(0);
  const state = commit === undefined ? 'no commit' : `commit ${commit.slice(0, 10)}${modified ? ' with changes' : ''}`;
  return `${date}, ${state}. ${machine.processor}, ${machine.cores} cores, ${gigabytes} GiB, ${machine.platform} ${machine.arch}, Node ${node}.`;
}
