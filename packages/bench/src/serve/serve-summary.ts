import { sum } from '../results/statistics.js';
import { often, percent, table, times } from '../results/table.js';
import { serveChecks, serveFailures } from './serve-checks.js';
import type { ServeRecord } from './serve-record.js';
import { loadName, type Percentiles, type ServeResult, serveResults } from './serve-results.js';

/** The tables of a record. */
export function serveSummary(record: ServeRecord): string {
  const { model, device, executor, sequences, maximumTokens, prompts, repeats } = record.options;
  const results = serveResults(record.samples);
  const closed = results.filter(({ load }) => load.kind === 'closed');
  const open = results.filter(({ load }) => load.kind === 'open');
  return [
    `${model} on ${device} (${executor}), greedy, ${sequences} sequences at a time, ${prompts} prompts, at most ${maximumTokens} tokens, ${often(repeats)}. A server for each mode, in turns; rates are total tokens over total time, prefill included.`,
    ...(closed.length > 0 ? [resultsTable('streams at a time', closed)] : []),
    ...(open.length > 0 ? [resultsTable('arrivals at random', open)] : []),
    WAITS,
    samenessLine(results),
    checkLines(record),
    failureLines(record),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

const WAITS =
  'A wait is the time to the first text; the longest is far from the median wherever prompts differ much in length. A stretch is the wait over the one that the same prompt has alone and without guesses: how many times as long it took because of others; where all wait for a place the longest is that of a short prompt. The furthest behind is the request whose wait and stretch are both farthest above the median: one that others starve.';

function resultsTable(first: string, results: readonly ServeResult[]): string {
  const againstOff = (result: ServeResult): string => {
    const off = results.find(({ load, mode }) => load === result.load && mode === 'off');
    return off === undefined || off === result ? '' : times(result.tokensPerSecond / off.tokensPerSecond);
  };
  const known = (value: number, text: (value: number) => string): string => (Number.isNaN(value) ? '' : text(value));
  return table(results, [
    [first, ({ load }) => loadName(load)],
    ['speculation', ({ mode }) => mode],
    ['tok/s', ({ tokensPerSecond }) => tokensPerSecond.toFixed(1)],
    ['against off', againstOff],
    ['first text ms p50 / p95 / p99', ({ firstText }) => triple(firstText, 0)],
    ['between chunks ms p50 / p95 / p99', ({ gap }) => triple(gap, 1)],
    ['longest wait / median', ({ longestWait }) => longestWait.toFixed(1)],
    ['longest stretch / median', ({ longestStretch }) => known(longestStretch, (value) => value.toFixed(1))],
    ['furthest behind', ({ furthestBehind }) => known(furthestBehind, (value) => value.toFixed(1))],
    ['accepted', ({ acceptanceRate }) => known(acceptanceRate, percent)],
  ]);
}

function triple({ p50, p95, p99 }: Percentiles, digits: number): string {
  return [p50, p95, p99].map((value) => value.toFixed(digits)).join(' / ');
}

function samenessLine(results: readonly ServeResult[]): string {
  const answered = sum(results, ({ requests, failed }) => requests - failed);
  const ties = sum(results, (result) => result.ties);
  const different = sum(results, (result) => result.different);
  return `Of ${answered} answers ${answered - ties - different} are the same as the one that the prompt gets alone and without guesses, ${ties} part from it at a tie, ${different} differ.`;
}

function checkLines(record: ServeRecord): string {
  return serveChecks(record)
    .map(({ what, holds, found }) => `- ${holds ? 'holds' : 'DOES NOT HOLD'}: ${what} (${found})`)
    .join('\n');
}

/** Most failures that are printed; the record has them all. */
const MOST_LINES = 20;

function failureLines(record: ServeRecord): string {
  const failures = serveFailures(record);
  const more = failures.length > MOST_LINES ? [`- WRONG: and ${failures.length - MOST_LINES} more`] : [];
  return [...failures.slice(0, MOST_LINES).map((failure) => `- WRONG: ${failure}`), ...more].join('\n');
}
