import { markdownTable } from '../results/markdown-table.js';
import { type DecodeMethod, type DecodeRecord, type MemorySample, STANDARD } from './decode-record.js';
import { ALL, type MethodResult, methodResults, worstCategory } from './decode-results.js';

/** The tables of a record. */
export function decodeSummary({ samples, options, memory }: DecodeRecord): string {
  const { model, device, executor, arithmetic = 'exact', maximumTokens, repeats, methods, depth } = options;
  const limit = depth === undefined ? '' : `, at most ${depth} guesses deep`;
  const prompts = new Set(samples.map(({ prompt }) => prompt)).size;
  const results = methods.map((method) => methodResults(samples, method));
  return [
    `${model} on ${device} (${executor}, ${arithmetic} products), greedy, ${prompts} prompts, at most ${maximumTokens} tokens${limit}, ${repeats === 1 ? 'once' : `${repeats} times`}. Standard and speculative decoding run prompt by prompt in rotating order; rates are total tokens over total time.`,
    ...(results.length > 1 ? [overview(results)] : []),
    ...results.flatMap((own) => [speedTable(own), worstLine(own), roundTable(own)]),
    ...(memory === undefined ? [] : [memoryTable(memory)]),
  ].join('\n\n');
}

/** Speedups of several methods side by side. */
function overview(results: readonly (readonly MethodResult[])[]): string {
  const header = ['speedup', ...results.map((own) => nameOf(own))];
  const rows = (results[0] ?? []).map(({ category }, row) => [
    category,
    ...results.map((own) => times(own[row]?.speedup ?? 0)),
  ]);
  return markdownTable(header, rows);
}

function speedTable(results: readonly MethodResult[]): string {
  const header = [
    'category',
    'prompts',
    'standard tok/s',
    `${nameOf(results)} tok/s`,
    'speedup',
    'with prefill',
    'accepted',
    'tokens a forward',
    'identical',
  ];
  const rows = results.map((result) => [
    result.category,
    String(result.prompts),
    result.standardTokensPerSecond.toFixed(1),
    result.tokensPerSecond.toFixed(1),
    times(result.speedup),
    times(result.speedupWithPrefill),
    percent(result.acceptanceRate),
    result.meanAcceptanceLength.toFixed(2),
    result.different === 0 ? 'yes' : `NO (${result.different})`,
  ]);
  return markdownTable(header, rows);
}

function worstLine(results: readonly MethodResult[]): string {
  const worst = worstCategory(results);
  return worst === undefined
    ? ''
    : `Worst single category with ${worst.method}: ${worst.category}, ${times(worst.speedup)}.`;
}

/** Where the time of a round goes and who guesses. */
function roundTable(results: readonly MethodResult[]): string {
  const drafters = Object.keys(results.find(({ category }) => category === ALL)?.shares ?? {});
  const header = [`a round of ${nameOf(results)}`, 'draft ms', 'forward ms', 'verify ms', ...drafters];
  const rows = results.map(({ category, milliseconds, shares }) => [
    category,
    milliseconds.draft.toFixed(2),
    milliseconds.forward.toFixed(1),
    milliseconds.verify.toFixed(2),
    ...drafters.map((name) => percent(shares[name] ?? 0)),
  ]);
  return markdownTable(header, rows);
}

function memoryTable(memory: readonly MemorySample[]): string {
  const standard = memory.find(({ method }) => method === STANDARD);
  const overhead = (of: (sample: MemorySample) => number, sample: MemorySample): string =>
    standard === undefined || sample === standard ? '' : percent(of(sample) / of(standard) - 1, 1);
  const header = ['resident memory', 'peak MiB', 'overhead', 'while decoding MiB', 'overhead'];
  const rows = memory.map((sample) => [
    sample.method,
    (sample.peak / 2 ** 20).toFixed(0),
    overhead(({ peak }) => peak, sample),
    (sample.decoding / 2 ** 20).toFixed(0),
    overhead(({ decoding }) => decoding, sample),
  ]);
  return markdownTable(header, rows);
}

function nameOf(results: readonly MethodResult[]): DecodeMethod {
  return results[0]?.method ?? '';
}

function times(ratio: number): string {
  return `${ratio.toFixed(2)}x`;
}

function percent(share: number, digits = 0): string {
  return `${(100 * share).toFixed(digits)} %`;
}
