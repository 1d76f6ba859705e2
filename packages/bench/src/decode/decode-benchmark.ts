import type { ExecutorKind } from '@foretoken/backend';
import { type Arithmetic, withoutUndefined } from '@foretoken/core';
import type { Device, ProgressListener } from '@foretoken/tensorflow';
import { type ControllerName, createDecoder, type Decoder, type DraftMode } from 'foretoken';
import { rotated } from '../forward/schedule.js';
import type { BenchmarkPrompt } from '../prompts/read-prompts.js';
import { WARM_UP } from '../prompts/warm-up.js';
import type { Environment } from '../results/environment.js';
import { answerPrompt } from './answer-prompt.js';
import { type DecodeRecord, type DecodeSample, STANDARD } from './decode-record.js';

/** What `bench:decode` runs. */
export interface DecodeBenchmarkOptions {
  readonly environment: Environment;
  readonly prompts: readonly BenchmarkPrompt[];
  /** Reference of the target model. @default 'smollm2-135m-instruct' */
  readonly model?: string;
  /** @default 'auto' */
  readonly device?: 'auto' | Device;
  /** How forwards run. @default what createDecoder takes */
  readonly executor?: ExecutorKind;
  /** What products are computed in. @default what createDecoder takes */
  readonly arithmetic?: Arithmetic;
  /** What to compare with standard decoding, each as `createDecoder` does it by default. @default ['auto'] */
  readonly methods?: readonly DraftMode[];
  /** Most tokens of an answer. @default 128 */
  readonly maximumTokens?: number;
  /** Runs of every prompt with each method. @default 1 */
  readonly repeats?: number;
  /** Longest run of guesses. @default the decoder's own */
  readonly depth?: number;
  /** Who decides how far to guess. @default the decoder's own */
  readonly controller?: ControllerName;
  /** Told of every sample as it comes. */
  readonly onSample?: (sample: DecodeSample) => void;
  readonly onProgress?: ProgressListener;
}

/**
 * Standard decoding against speculative decoding in the same process. All methods run each prompt one right after the
 * other, and who goes first rotates, so that a machine that gets slower or faster on the way favours none. One short
 * answer of each before the first sample warms up.
 *
 * Each method has its own decoder, which keeps what its drafters and its controller learn from prompt to prompt, as
 * any user's decoder does, but learns nothing from the other methods. Standard decoding takes turns on all of them. A
 * repeat begins with new decoders: nobody remembers the answers.
 *
 * Throws an `Error` without prompts or methods, and what `createDecoder` throws.
 */
export async function runDecodeBenchmark(options: DecodeBenchmarkOptions): Promise<DecodeRecord> {
  const { environment, prompts, methods = ['auto'], maximumTokens = 128, repeats = 1, onSample } = options;
  const { model = 'smollm2-135m-instruct', device = 'auto', executor, arithmetic } = options;
  const { depth, controller, onProgress } = options;
  const settings = { model, device, ...withoutUndefined({ executor, arithmetic, depth, controller, onProgress }) };
  if (prompts.length === 0 || methods.length === 0) throw new Error('There are no prompts or methods to run.');
  const samples: DecodeSample[] = [];
  let used: Pick<Decoder, 'name' | 'device' | 'executor' | 'arithmetic' | 'report'> | undefined;
  for (let repeat = 0; repeat < repeats; repeat++) {
    const decoders: (readonly [DraftMode, Decoder])[] = [];
    try {
      for (const draft of methods) decoders.push([draft, await createDecoder({ ...settings, draft })]);
      used = decoders[0]?.[1];
      for (const [draft, decoder] of decoders) {
        for (const mode of ['none', draft] as const) {
          await answerPrompt(decoder, WARM_UP, { draft: mode, maximumTokens: Math.min(16, maximumTokens) });
        }
      }
      for (const [index, prompt] of prompts.entries()) {
        const runs = methodOrder(index + repeat, decoders);
        for (const [turn, { method, draft, decoder }] of runs.entries()) {
          const answer = await answerPrompt(decoder, prompt, { draft, maximumTokens });
          const sample: DecodeSample = { ...answer, repeat, method, turn };
          samples.push(sample);
          onSample?.(sample);
        }
      }
    } finally {
      for (const [, decoder] of decoders) decoder.close();
    }
  }
  if (used === undefined) throw new Error('There are no repeats to run.');
  return {
    environment,
    options: {
      ...{ model: used.name, device: used.device, executor: used.executor, arithmetic: used.arithmetic },
      ...{ versions: used.report.versions, maximumTokens, repeats, methods },
      ...withoutUndefined({ depth }),
    },
    seeds: [],
    samples,
  };
}

interface MethodRun {
  readonly method: string;
  readonly draft: DraftMode;
  readonly decoder: Decoder;
}

/** Every method once; who goes first, and whose decoder standard decoding uses, rotates. */
function methodOrder(turn: number, decoders: readonly (readonly [DraftMode, Decoder])[]): readonly MethodRun[] {
  const runs: MethodRun[] = decoders.map(([draft, decoder]) => ({ method: draft, draft, decoder }));
  const lent = runs[turn % runs.length];
  if (lent !== undefined) runs.unshift({ method: STANDARD, draft: 'none', decoder: lent.decoder });
  return rotated(runs, turn);
}
