import { fixed, standard } from '@foretoken/adaptive';
import { createSampler, type DraftController, SpeculativeDecoder } from '@foretoken/core';
import { type LoadedModel, loadModel } from '@foretoken/core/tensorflow';
import { promptLookup } from '@foretoken/draft';
import type { Device, ProgressListener } from '@foretoken/tensorflow';
import { exactMatch } from '@foretoken/verifier';
import type { BenchmarkPrompt } from '../prompts/read-prompts.js';
import type { Environment } from '../results/environment.js';
import type { DecodeMethod, DecodeRecord, DecodeSample } from './decode-record.js';

/** What `bench:decode` runs. */
export interface DecodeBenchmarkOptions {
  readonly environment: Environment;
  readonly prompts: readonly BenchmarkPrompt[];
  /** Reference of the target model. @default 'smollm2-135m-instruct' */
  readonly model?: string;
  /** @default 'auto' */
  readonly device?: 'auto' | Device;
  /** Most tokens of an answer. @default 128 */
  readonly maximumTokens?: number;
  /** Runs of every prompt with each method. @default 2 */
  readonly repeats?: number;
  /** Guesses a round. @default 4 */
  readonly depth?: number;
  /** Told of every sample as it comes. */
  readonly onSample?: (sample: DecodeSample) => void;
  readonly onProgress?: ProgressListener;
}

/**
 * Standard decoding against prompt lookup on the same model in the same process. Both methods run each prompt one
 * right after the other, and who goes first alternates, so that a machine that gets slower or faster on the way
 * favours neither. One answer of each before the first sample warms up.
 */
export async function runDecodeBenchmark(options: DecodeBenchmarkOptions): Promise<DecodeRecord> {
  const { environment, prompts, model: reference = 'smollm2-135m-instruct', device = 'auto' } = options;
  const { maximumTokens = 128, repeats = 2, depth = 4, onSample, onProgress } = options;
  const loaded = await loadModel(reference, { device, ...(onProgress ? { onProgress } : {}) });
  try {
    const [first] = prompts;
    if (first === undefined) throw new Error('There are no prompts to run.');
    for (const method of ['standard', 'lookup'] as const) {
      await generate(loaded, { prompt: first, method, depth, maximumTokens: Math.min(16, maximumTokens) });
    }
    const samples: DecodeSample[] = [];
    for (let repeat = 0; repeat < repeats; repeat++) {
      for (const [index, prompt] of prompts.entries()) {
        const order = methodOrder(index + repeat);
        for (const [position, method] of order.entries()) {
          const run = await generate(loaded, { prompt, method, depth, maximumTokens });
          const sample: DecodeSample = { ...run, repeat, first: position === 0 };
          samples.push(sample);
          onSample?.(sample);
        }
      }
    }
    return {
      environment,
      versions: loaded.report.versions,
      options: { model: loaded.name, device: loaded.device, executor: loaded.executor, maximumTokens, repeats, depth },
      seeds: [],
      samples,
    };
  } finally {
    loaded.close();
  }
}

/** Who goes first alternates. */
function methodOrder(turn: number): readonly DecodeMethod[] {
  return turn % 2 === 0 ? ['standard', 'lookup'] : ['lookup', 'standard'];
}

interface Run {
  readonly prompt: BenchmarkPrompt;
  readonly method: DecodeMethod;
  readonly depth: number;
  readonly maximumTokens: number;
}

async function generate(
  { model, tokenizer, chatTemplate, name }: LoadedModel,
  { prompt, method, depth, maximumTokens }: Run,
): Promise<Omit<DecodeSample, 'repeat' | 'first'>> {
  if (chatTemplate === undefined)
    throw new Error(`${name} has no chat template; the benchmark's prompts are conversations.`);
  const controller = (): DraftController => (method === 'standard' ? standard() : fixed({ drafter: 'lookup', depth }));
  const decoder = new SpeculativeDecoder({ model, drafters: [promptLookup()], verifier: exactMatch(), controller });
  const tokens: number[] = [];
  const request = {
    prompt: tokenizer.encode(chatTemplate.apply(prompt.messages), { specialTokens: true }),
    sampler: createSampler(),
    maximumTokens,
    endTokens: tokenizer.endTokens,
  };
  for await (const event of decoder.generate(request)) {
    if (event.kind === 'token') {
      tokens.push(event.token);
      continue;
    }
    const { promptTokens, rounds, drafted, accepted, milliseconds } = event.statistics;
    const { id, category } = prompt;
    const finishReason = event.reason;
    return {
      prompt: id,
      category,
      method,
      promptTokens,
      tokens,
      finishReason,
      rounds,
      drafted,
      accepted,
      milliseconds,
    };
  }
  throw new Error('The generation ended without a finish event.');
}
