import { ALL, promptsOf } from '../results/answers.js';
import { type Column, mebibytes, often, percent, table, times } from '../results/table.js';
import { type DecodeRecord, type MemorySample, STANDARD } from './decode-record.js';
import { type MethodResult, methodResults, worstCategory } from './decode-results.js';

/** The tables of a record. */
export function decodeSummary({ samples, options, memory }: DecodeRecord): string {
  const { model, device, executor, arithmetic, maximumTokens, repeats, methods, depth } = options;
  const limit = depth === undefined ? '' : `, at most ${depth} guesses deep`;
  const results = methods.map((method) => methodResults(samples, method));
  return [
    `${model} on ${device} (${executor}, ${arithmetic} products), greedy, ${promptsOf(samples)} prompts, at most ${maximumTokens} tokens${limit}, ${often(repeats)}. Standard and speculative decoding run prompt by prompt in rotating order; rates are total tokens over total time.`,
    ...(results.length > 1 ? [overview(results)] : []),
    ...results.flatMap((own) => [speedTable(own), worstLine(own), roundTable(own)]),
    ...(memory === undefined ? [] : [memoryTable(memory)]),
  ].join('\n\n');
}

/** Speedups of several methods side by side. */
function overview(results: readonly (readonly MethodResult[])[]): string {
  return table(
    [...(results[0] ?? []).entries()],
    [
      ['speedup', ([, { category }]) => category],
      ...results.map((own): Column<[number, MethodResult]> => [nameOf(own), ([row]) => times(own[row]?.speedup ?? 0)]),
    ],
  );
}

function speedTable(results: readonly MethodResult[]): string {
  return table(results, [
    ['category', ({ category }) => category],
    ['prompts', ({ prompts }) => prompts],
    ['standard tok/s', ({ standardTokensPerSecond }) => standardTokensPerSecond.toFixed(1)],
    [`${nameOf(results)} tok/s`, ({ tokensPerSecond }) => tokensPerSecond.toFixed(1)],
    ['speedup', ({ speedup }) => times(speedup)],
    ['with prefill', ({ speedupWithPrefill }) => times(speedupWithPrefill)],
    ['accepted', ({ acceptanceRate }) => percent(acceptanceRate)],
    ['tokens a forward', ({ meanAcceptanceLength }) => meanAcceptanceLength.toFixed(2)],
    ['identical', ({ different }) => (different === 0 ? 'yes' : `NO (${different})`)],
  ]);
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
  return table(results, [
    [`a round of ${nameOf(results)}`, ({ category }) => category],
    ['draft ms', ({ milliseconds }) => milliseconds.draft.toFixed(2)],
    ['forward ms', ({ milliseconds }) => milliseconds.forward.toFixed(1)],
    ['verify ms', ({ milliseconds }) => milliseconds.verify.toFixed(2)],
    ...drafters.map((name): Column<MethodResult> => [name, ({ shares }) => percent(shares[name] ?? 0)]),
  ]);
}

function memoryTable(memory: readonly MemorySample[]): string {
  const standard = memory.find(({ method }) => method === STANDARD);
  const columns = (name: string, of: (sample: MemorySample) => number): readonly Column<MemorySample>[] => [
    [`${name} MiB`, (sample) => mebibytes(of(sample))],
    [
      'overhead',
      (sample) => (standard === undefined || sample === standard ? '' : percent(of(sample) / of(standard) - 1, 1)),
    ],
  ];
  return table(memory, [
    ['resident memory', ({ method }) => method],
    ...columns('peak', ({ peak }) => peak),
    ...columns('while decoding', ({ decoding }) => decoding),
  ]);
}

function nameOf(results: readonly MethodResult[]): string {
  return results[0]?.method ?? '';
}
