import { markdownTable } from '../results/markdown-table.js';
import { serveChecks, serveFailures } from './serve-checks.js';
import type { ServeRecord } from './serve-record.js';
import { loadName, type Percentiles, type ServeResult, serveResults } from './serve-results.js';

/** The tables of a record. */
export function serveSummary(record: ServeRecord): string {
  const { model, device, executor, sequences, maximumTokens, prompts, repeats } = record.options;
  const results = serveResults(record.blocks);
  const closed = results.filter(({ load }) => load.kind === 'closed');
  const open = results.filter(({ load }) => load.kind === 'open');
  return [
    `${model} on ${device} (${executor}), greedy, ${sequences} sequences at a time, ${prompts} prompts, at most ${maximumTokens} tokens, ${repeats === 1 ? 'once' : `${repeats} times`}. A server for each mode, in turns; rates are total tokens over total time, prefill included.`,
    ...(closed.length > 0 ? [table('streams at a time', closed)] : []),
    ...(open.length > 0 ? [table('arrivals at random', open)] : []),
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

function table(first: string, results: readonly ServeResult[]): string {
  const header = [
    first,
    'speculation',
    'tok/s',
    'against off',
    'first text ms p50 / p95 / p99',
    'between chunks ms p50 / p95 / p99',
    'longest wait / median',
    'longest stretch / median',
    'furthest behind',
    'accepted',
  ];
  const rows = results.map((result) => {
    const off = results.find(({ load, mode }) => load === result.load && mode === 'off');
    return [
      loadName(result.load),
      result.mode,
      result.tokensPerSecond.toFixed(1),
      off === undefined || off === result ? '' : `${(result.tokensPerSecond / off.tokensPerSecond).toFixed(2)}x`,
      triple(result.firstText, 0),
      triple(result.gap, 1),
      result.longestWait.toFixed(1),
      Number.isNaN(result.longestStretch) ? '' : result.longestStretch.toFixed(1),
      Number.isNaN(result.furthestBehind) ? '' : result.furthestBehind.toFixed(1),
      Number.isNaN(result.acceptanceRate) ? '' : `${(100 * result.acceptanceRate).toFixed(0)} %`,
    ];
  });
  return markdownTable(header, rows);
}

function triple({ p50, p95, p99 }: Percentiles, digits: number): string {
  return [p50, p95, p99].map((value) => value.toFixed(digits)).join(' / ');
}

function samenessLine(results: readonly ServeResult[]): string {
  const total = (value: (result: ServeResult) => number): number => results.reduce((sum, one) => sum + value(one), 0);
  const answered = total(({ requests, failed }) => requests - failed);
  const ties = total((result) => result.ties);
  const different = total((result) => result.different);
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
