import { formatPercent } from '../command-line/describe-result.js';
import type { GenerationResult } from '../decoder/collect-generation.js';
import { formatTable } from '../terminal/table.js';

/** The two answers to one prompt. */
export interface DemoPair {
  readonly title: string;
  readonly standard: GenerationResult;
  readonly speculative: GenerationResult;
}

/**
 * The closing table: a row a prompt and one for all of them. Speeds of "all" are total tokens over total time, so a
 * long answer counts for more than a short one.
 */
export function demoReport(pairs: readonly DemoPair[]): readonly string[] {
  return formatTable([
    ['prompt', 'identical', 'standard tok/s', 'speculative tok/s', 'speedup', 'accepted guesses', 'tokens a forward'],
    ...pairs.map((pair) => row([pair])),
    row(pairs),
  ]);
}

/** Whether both ways gave the same tokens. */
export function isIdentical(pair: DemoPair): boolean {
  return firstDifference(pair) === undefined;
}

/** Index of the first token that differs, `undefined` when none does. */
export function firstDifference(pair: DemoPair): number | undefined {
  const a = pair.standard.tokens;
  const b = pair.speculative.tokens;
  const length = Math.max(a.length, b.length);
  for (let index = 0; index < length; index++) if (a[index] !== b[index]) return index;
  return undefined;
}

function row(pairs: readonly DemoPair[]): readonly string[] {
  const [first] = pairs;
  const total = (read: (pair: DemoPair) => number): number => pairs.reduce((sum, pair) => sum + read(pair), 0);
  const speed = (way: 'standard' | 'speculative'): number => {
    const milliseconds = total((pair) => pair[way].timings.decodeMs);
    return milliseconds > 0 ? (total((pair) => pair[way].tokens.length) * 1000) / milliseconds : 0;
  };
  const [slow, fast] = [speed('standard'), speed('speculative')];
  const rounds = total(({ speculative }) => speculative.speculation?.rounds ?? 0);
  const drafted = total(({ speculative }) => speculative.speculation?.drafted ?? 0);
  const accepted = total(({ speculative }) => speculative.speculation?.accepted ?? 0);
  return [
    pairs.length === 1 && first ? first.title : 'all',
    pairs.every(isIdentical) ? 'yes' : 'NO',
    slow.toFixed(1),
    fast.toFixed(1),
    slow > 0 ? `${(fast / slow).toFixed(2)}x` : '-',
    drafted > 0 ? formatPercent(accepted / drafted) : '-',
    rounds > 0 ? (1 + accepted / rounds).toFixed(2) : '-',
  ];
}
