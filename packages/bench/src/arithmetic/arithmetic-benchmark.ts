import { type LoadedModel, loadModel } from '@foretoken/backend';
import { type LanguageModel, withoutUndefined } from '@foretoken/core';
import type { ProgressListener } from '@foretoken/tensorflow';
import type { Environment } from '../results/environment.js';
import type { ArithmeticRecord, WindowSample } from './arithmetic-record.js';
import { chooseWindows, type EncodedText, type Window } from './choose-windows.js';
import { compareRows } from './compare-rows.js';
import { CORPUS } from './corpus.js';
import { readCorpusText } from './read-corpus-text.js';

/** What `measure:arithmetic` runs. */
export interface ArithmeticBenchmarkOptions {
  readonly environment: Environment;
  /** References of the models. */
  readonly models: readonly string[];
  /** Folder that keeps the texts. */
  readonly corpusFolder: string;
  /** Tokens to score with each model, at least; whole windows are scored. @default 50_000 */
  readonly tokens?: number;
  /** Tokens of a window. Integer >= 2. @default 512 */
  readonly window?: number;
  /** A record of the same options that was cut off: its windows are not scored again. @default none */
  readonly before?: ArithmeticRecord;
  /** Told of every window as it comes, with the record so far. */
  readonly onWindow?: (sample: WindowSample, record: ArithmeticRecord) => Promise<void>;
  readonly onProgress?: ProgressListener;
}

/** Tokens of a forward: what both arithmetics take fastest for each token, and some ten megabytes of logits. */
const PIECE_TOKENS = 16;

/**
 * What rounding activations to 8 bits changes: each model scores real prose and code with exact products and with
 * integer products, window by window in turns, both in one process on the same mapped weights.
 *
 * Throws an `Error` for a model that does not run on the fused operators, and what `loadModel` throws.
 */
export async function runArithmeticBenchmark(options: ArithmeticBenchmarkOptions): Promise<ArithmeticRecord> {
  const { environment, tokens = 50_000, window = 512, before, onWindow } = options;
  const kept = before?.options.tokens === tokens && before.options.window === window ? before.samples : [];
  const samples: WindowSample[] = [];
  const record: ArithmeticRecord = { environment, options: { tokens, window }, seeds: [], samples };
  for (const reference of options.models) {
    const { exact, integer } = await loadBoth(reference, window, options.onProgress);
    try {
      const count = Math.ceil(tokens / (window - 1));
      const windows = chooseWindows(await encodeCorpus(exact, options.corpusFolder), count, window);
      for (const [index, part] of windows.entries()) {
        const found = kept.find((sample) => sample.model === exact.name && sample.window === part.name);
        const sample = found ?? (await scoreWindow(exact, integer.model, part, index));
        samples.push(sample);
        if (found === undefined) await onWindow?.(sample, record);
      }
    } finally {
      exact.close();
      integer.close();
    }
  }
  return record;
}

async function loadBoth(
  reference: string,
  contextLength: number,
  onProgress: ProgressListener | undefined,
): Promise<{ readonly exact: LoadedModel; readonly integer: LoadedModel }> {
  const options = { executor: 'fused', contextLength, ...withoutUndefined({ onProgress }) } as const;
  const exact = await loadModel(reference, { ...options, arithmetic: 'exact' });
  try {
    return { exact, integer: await loadModel(reference, { ...options, arithmetic: 'integer' }) };
  } catch (error) {
    exact.close();
    throw error;
  }
}

async function encodeCorpus({ tokenizer }: LoadedModel, folder: string): Promise<readonly EncodedText[]> {
  const texts: EncodedText[] = [];
  for (const text of CORPUS) texts.push({ text, tokens: tokenizer.encode(await readCorpusText(text, folder)) });
  return texts;
}

/** Scores a window with both models; who goes first changes from turn to turn. */
async function scoreWindow(
  { name: model, model: exact }: LoadedModel,
  integer: LanguageModel,
  { name, kind, tokens }: Window,
  turn: number,
): Promise<WindowSample> {
  const milliseconds = { exact: 0, integer: 0 };
  const sums = { exactLoss: 0, integerLoss: 0, divergence: 0, sameGreedy: 0 };
  const sequences = { exact: exact.openSequence(), integer: integer.openSequence() };
  try {
    const rowsOf = async (which: 'exact' | 'integer', piece: Int32Array): Promise<readonly Float32Array[]> => {
      const sequence = sequences[which];
      const started = performance.now();
      const { scores } = await (which === 'exact' ? exact : integer).forward([
        { sequence, tokens: piece, want: 'all' },
      ]);
      const rows = Array.from(piece, (_, row) => scores[0]?.row(row) ?? new Float32Array());
      milliseconds[which] += performance.now() - started;
      sequence.commit(Array.from(piece, (_, row) => row));
      return rows;
    };
    // The last token has none after it to be held against.
    for (let start = 0; start < tokens.length - 1; start += PIECE_TOKENS) {
      const piece = tokens.slice(start, Math.min(start + PIECE_TOKENS, tokens.length - 1));
      const rows: Partial<Record<'exact' | 'integer', readonly Float32Array[]>> = {};
      const order = turn % 2 === 0 ? (['exact', 'integer'] as const) : (['integer', 'exact'] as const);
      for (const which of order) rows[which] = await rowsOf(which, piece);
      for (const [row, logits] of (rows.exact ?? []).entries()) {
        const other = rows.integer?.[row];
        const next = tokens[start + row + 1];
        if (other === undefined || next === undefined) throw new Error('Both models have to score every token.');
        const found = compareRows(logits, other, next);
        sums.exactLoss += found.exactLoss;
        sums.integerLoss += found.integerLoss;
        sums.divergence += found.divergence;
        sums.sameGreedy += found.sameGreedy ? 1 : 0;
      }
    }
  } finally {
    sequences.exact.close();
    sequences.integer.close();
  }
  return { model, window: name, kind, tokens: tokens.length - 1, ...sums, milliseconds };
}
