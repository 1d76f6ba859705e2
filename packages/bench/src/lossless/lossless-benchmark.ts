import { standard } from '@foretoken/adaptive';
import { type LoadedModel, loadModel } from '@foretoken/backend';
import { createSampler, type DecodingStatistics, Engine, type EngineOptions, withoutUndefined } from '@foretoken/core';
import { exactMatch } from '@foretoken/verifier';
import type { DecodeBenchmarkOptions } from '../decode/decode-benchmark.js';
import type { BenchmarkPrompt } from '../prompts/read-prompts.js';
import { seededRandom } from '../seeded-random.js';
import { compareAnswers } from './compare-answers.js';
import { type AnswerDrafting, LOSSLESS_CONFIGURATIONS, type LosslessConfiguration } from './configurations.js';
import type { Choice, LosslessRecord, LosslessSample } from './lossless-record.js';
import { recordChoices } from './recorded-choices.js';

/** What `bench:lossless` runs. */
export interface LosslessBenchmarkOptions
  extends Pick<
    DecodeBenchmarkOptions,
    'environment' | 'prompts' | 'model' | 'device' | 'arithmetic' | 'maximumTokens' | 'onProgress'
  > {
  /** Which drafters, with which budgets. @default LOSSLESS_CONFIGURATIONS */
  readonly configurations?: readonly LosslessConfiguration[];
  /**
   * Which answers to compare, by the positions of prompt and configuration: a part of them takes a part of the time.
   * @default all
   */
  readonly compares?: (prompt: number, configuration: number) => boolean;
  /** Of the noise and of what is damaged in predictions. @default 20260101 */
  readonly seed?: number;
  /** Told of every comparison as it comes. */
  readonly onSample?: (sample: LosslessSample) => void;
}

interface Answer {
  readonly choices: readonly Choice[];
  readonly statistics: DecodingStatistics;
}

/**
 * Answers every prompt greedily by standard decoding once and with every configuration, and compares the tokens. The
 * draft model of that configuration is the target itself, in a second sequence.
 *
 * Throws what `loadModel` throws.
 */
export async function runLosslessBenchmark(options: LosslessBenchmarkOptions): Promise<LosslessRecord> {
  const { environment, prompts, model: reference = 'smollm2-135m-instruct', device = 'auto', onProgress } = options;
  const { maximumTokens = 128, configurations = LOSSLESS_CONFIGURATIONS, seed = 20260101, onSample } = options;
  const { compares = () => true, arithmetic } = options;
  const exitLayers = configurations.flatMap(({ exitLayer }) => exitLayer ?? []);
  const loaded = await loadModel(reference, {
    ...{ device, slots: 2, exitLayers },
    ...withoutUndefined({ arithmetic, onProgress }),
  });
  try {
    const samples: LosslessSample[] = [];
    for (const [promptIndex, { id, messages }] of prompts.entries()) {
      const prompt = encode(loaded, messages);
      const limits = { prompt, maximumTokens };
      const plain = await generate(loaded, limits, { controller: standard() });
      const answer = plain.choices.map(({ token }) => token);
      for (const [index, configuration] of configurations.entries()) {
        if (!compares(promptIndex, index)) continue;
        const { name } = configuration;
        let firstError: string | undefined;
        const random = seededRandom(seed, `${id} ${name}`);
        const speculative = await generate(loaded, limits, {
          ...configuration.drafting({ loaded, answer, random }),
          onDrafterError: (error) => {
            firstError ??= error instanceof Error ? error.message : String(error);
          },
        });
        const sample: LosslessSample = {
          prompt: id,
          configuration: name,
          outcome: compareAnswers(plain.choices, speculative.choices, loaded.executor),
          statistics: speculative.statistics,
          ...withoutUndefined({ firstError }),
        };
        samples.push(sample);
        onSample?.(sample);
      }
    }
    const { name: model, executor, arithmetic: used, report } = loaded;
    return {
      environment,
      options: {
        ...{ model, device: loaded.device, executor, arithmetic: used, versions: report.versions },
        ...{ prompts: prompts.length, maximumTokens, configurations: configurations.map(({ name }) => name) },
      },
      seeds: [seed],
      samples,
    };
  } finally {
    loaded.close();
  }
}

function encode({ tokenizer, chatTemplate, name }: LoadedModel, messages: BenchmarkPrompt['messages']): Int32Array {
  if (chatTemplate === undefined)
    throw new Error(`${name} has no chat template; the benchmark's prompts are conversations.`);
  return tokenizer.encode(chatTemplate.apply(messages), { specialTokens: true });
}

type Drafting = AnswerDrafting & Pick<EngineOptions, 'onDrafterError'>;

async function generate(
  { model, tokenizer: { endTokens } }: LoadedModel,
  limits: { readonly prompt: Int32Array; readonly maximumTokens: number },
  { onDrafterError, ...drafting }: Drafting,
): Promise<Answer> {
  const verifier = recordChoices(exactMatch());
  const engine = new Engine({ model, verifier, sequences: 1, ...withoutUndefined({ onDrafterError }) });
  try {
    for await (const event of engine.submit({ ...limits, ...drafting, endTokens, sampler: createSampler() })) {
      // The tokens are those that the verifier chose; the token limit may cut the last round.
      if (event.kind !== 'finish') continue;
      return { choices: verifier.choices.slice(0, event.statistics.generatedTokens), statistics: event.statistics };
    }
  } finally {
    await engine.close();
  }
  throw new Error('The generation ended without a finish event.');
}
