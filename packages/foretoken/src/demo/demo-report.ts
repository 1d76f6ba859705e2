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
    ...pairs.map(row),
    row(inAll(pairs)),
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

interface Row {
  readonly title: string;
  readonly identical: boolean;
  readonly standard: Speed;
  readonly speculative: Speed;
  readonly speculation: { readonly rounds: number; readonly drafted: number; readonly accepted: number };
}

interface Speed {
  readonly tokens: number;
  readonly milliseconds: number;
}

function row(subject: DemoPair | Row): readonly string[] {
  const { title, identical, standard, speculative, speculation } =
    'speculation' in subject ? subject : inAll([subject]);
  const slow = perSecond(standard.tokens, standard.milliseconds);
  const fast = perSecond(speculative.tokens, speculative.milliseconds);
  const { rounds, drafted, accepted } = speculation;
  return [
    title,
    identical ? 'yes' : 'NO',
    slow.toFixed(1),
    fast.toFixed(1),
    slow > 0 ? `${(fast / slow).toFixed(2)}x` : '-',
    drafted > 0 ? formatPercent(accepted / drafted) : '-',
    rounds > 0 ? (1 + accepted / rounds).toFixed(2) : '-',
  ];
}

function inAll(pairs: readonly DemoPair[]): Row {
  const [only] = pairs;
  const total = (read: (pair: DemoPair) => number): number => pairs.reduce((sum, pair) => sum + read(pair), 0);
  return {
    title: pairs.length === 1 && only ? only.title : 'all',
    identical: pairs.every(isIdentical),
    standard: {
      tokens: total((pair) => pair.standard.tokens.length),
      milliseconds: total((pair) => pair.standard.timings.decodeMs),
    },
    speculative: {
      tokens: total((pair) => pair.speculative.tokens.length),
      milliseconds: total((pair) => pair.speculative.timings.decodeMs),
    },
    speculation: {
      rounds: total((pair) => pair.speculative.speculation?.rounds ?? 0),
      drafted: total((pair) => pair.speculative.speculation?.drafted ?? 0),
      accepted: total((pair) => pair.speculative.speculation?.accepted ?? 0),
    },
  };
}

function perSecond(count: number, milliseconds: number): number {
  return milliseconds > 0 ? (count * 1000) / milliseconds : 0;
}
