import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openWeights, type WeightsFile } from '@foretoken/backend';
import { loadTensorFlow } from '@foretoken/tensorflow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ExecutorKind } from '../executors/executor.js';
import { chooseExecutor } from './choose-executor.js';
import { type ModelConfiguration, PROJECTIONS, type Projection } from './configuration.js';
import { createModel } from './create-model.js';
import { fileWeightSource } from './file-weight-source.js';
import { configurationFromGguf } from './gguf-configuration.js';
import { configurationFromHuggingFace } from './hugging-face-configuration.js';
import { type Frequencies, plainForward } from './testing/plain-forward.js';
import { configJson, ggufFile, randomTensors, safetensorsFile } from './testing/random-files.js';
import { smallConfiguration } from './testing/random-model.js';

const TOKENS = [3, 14, 15, 92, 65, 35, 89, 79, 32, 38, 46];

/**
 * Divisors of the small llama configuration's rotary frequencies 1, 10000^(-1/3), 10000^(-2/3), by the rule in Llama
 * 3.1's `apply_scaling` (factor 8, low 1, high 4, original context 32), worked out by hand: the wavelength 6.28 lies below
 * 32 / 4 and is kept; 135.4 and 2916 lie above 32 and are stretched 8 times.
 */
const LLAMA_DIVISORS = [1, 8, 8];

function frequencies({ family, headSize, rope, local }: ModelConfiguration): Frequencies {
  const half = headSize / 2;
  const divisors: number[] = family === 'llama' ? LLAMA_DIVISORS : Array(half).fill(1);
  return (layer) => {
    const { base } = layer === 'local' && local ? local.rope : rope;
    return divisors.map((divisor, pair) => base ** (-pair / half) / divisor);
  };
}

async function lastLogits(file: WeightsFile, configuration: ModelConfiguration, executor: ExecutorKind) {
  const model = await createModel({
    configuration,
    weights: fileWeightSource(file, configuration),
    executor: await chooseExecutor(executor, await loadTensorFlow({ device: 'cpu' })),
    slots: 1,
    slotCapacity: 32,
  });
  const sequence = model.openSequence();
  const { scores } = await model.forward([{ sequence, tokens: Int32Array.from(TOKENS), want: 'last' }]);
  const row = scores[0]!.row(0);
  model.close();
  return row;
}

function biased(family: string, biases: readonly Projection[]): ModelConfiguration {
  return { ...smallConfiguration(family), biases };
}

describe.each<[string, ModelConfiguration]>([
  ['llama', smallConfiguration('llama')],
  ['qwen2', smallConfiguration('qwen2')],
  ['qwen3', smallConfiguration('qwen3')],
  ['gemma3', smallConfiguration('gemma3')],
  ['llama with every bias', biased('llama', PROJECTIONS)],
  ['llama with biases of a part of packed matrices', biased('llama', ['key', 'attentionOutput', 'up'])],
  ['qwen2 with biases of key, gate, down and a tied output', biased('qwen2', ['key', 'gate', 'down', 'output'])],
])('%s', (_, configuration) => {
  const { family } = configuration;
  const tensors = randomTensors(configuration, 11);
  const expected = plainForward(tensors, configuration, frequencies(configuration), TOKENS);
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'foretoken-family-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function open(name: string, bytes: Uint8Array): Promise<WeightsFile> {
    await writeFile(join(folder, name), bytes);
    return openWeights(join(folder, name));
  }

  function expectLogits(row: Float32Array): void {
    expect(row).toHaveLength(expected.length);
    row.forEach((value, token) => {
      expect(value).toBeCloseTo(expected[token]!, 3);
    });
  }

  it.each(['fused', 'graph', 'eager'] as const)(
    'from safetensors equals a plain forward pass, %s',
    async (executor) => {
      const file = await open('model.safetensors', safetensorsFile(tensors));
      const read = configurationFromHuggingFace(configJson(configuration), { has: (name) => file.tensors.has(name) });
      expect(read).toEqual(configuration);
      expectLogits(await lastLogits(file, read, executor));
      await file.close();
    },
  );

  it.each(['fused', 'graph', 'eager'] as const)('from GGUF equals a plain forward pass, %s', async (executor) => {
    const factors = family === 'llama' ? Float32Array.from(LLAMA_DIVISORS) : undefined;
    const file = await open('model.gguf', ggufFile(tensors, configuration, factors));
    const read = configurationFromGguf(file.metadata, {
      has: (name) => file.tensors.has(name),
      rows: (name) => file.tensors.get(name)?.shape[0],
      ropeFactors: factors,
    });
    expect({ ...read, normEpsilon: configuration.normEpsilon, rope: configuration.rope }).toEqual(configuration);
    expect(read.normEpsilon).toBeCloseTo(configuration.normEpsilon, 9);
    expectLogits(await lastLogits(file, read, executor));
    await file.close();
  });
});
