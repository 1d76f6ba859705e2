import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type LoadedModel, type LoadModelOptions, loadModel } from '@foretoken/backend';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { fakeGpu } from '../../../operators/src/testing/fake-gpu.js';
import type { ModelConfiguration } from './configuration.js';
import { folderConfiguration, SMALL_VOCABULARY, writeModelFolder } from './testing/model-folder.js';
import { configJson, randomTensors } from './testing/random-files.js';
import { smallConfiguration } from './testing/random-model.js';

/** The whole way from `device: 'cuda'` to tokens, on a driver whose kernels run on the host. */
let folder: string;
let library: string;
const loaded: LoadedModel[] = [];
const warnings: string[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'foretoken-gpu-model-'));
  [library] = await Promise.all([fakeGpu(), writeModelFolder(folder)]);
  writeFileSync(join(folder, 'nvidia-smi'), '#!/bin/sh\necho "GPU 0: Fake GPU"\n');
  chmodSync(join(folder, 'nvidia-smi'), 0o755);
});

beforeEach(() => {
  vi.stubEnv('PATH', [folder, process.env.PATH].join(delimiter));
  vi.stubEnv('FORETOKEN_CUDA_DRIVER', library);
  vi.stubEnv('FORETOKEN_NVRTC', library);
  // One that no GPU has: what is not compiled in truth must not lie in the cache for a real one.
  vi.stubEnv('FAKE_CUDA_ARCHITECTURE', '81');
  warnings.length = 0;
});

afterEach(() => {
  for (const model of loaded.splice(0)) model.close();
  vi.unstubAllEnvs();
});

afterAll(() => rmSync(folder, { recursive: true }));

async function load(options: LoadModelOptions, from = folder): Promise<LoadedModel> {
  const model = await loadModel(from, { slots: 2, onWarning: (message) => warnings.push(message), ...options });
  loaded.push(model);
  return model;
}

/** Another model, in a folder of its own. */
async function modelOf(configuration: ModelConfiguration): Promise<string> {
  const path = mkdtempSync(join(folder, 'model-'));
  await writeModelFolder(path, { config: configJson(configuration), tensors: randomTensors(configuration, 7) });
  return path;
}

function expectNear(actual: readonly Float32Array[], expected: readonly Float32Array[], limit: number): void {
  for (const [index, row] of actual.entries()) {
    const size = Math.hypot(...expected[index]!);
    expect(Math.hypot(...row.map((value, at) => value - expected[index]![at]!)) / size).toBeLessThan(limit);
  }
}

const prompt = Int32Array.of(5, 17, 200, 3, 44, 91);
const tree = { tokens: Int32Array.of(7, 8, 9, 10), parents: Int32Array.of(-1, 0, 0, 1) };

/** Rows of a prompt, of a tree behind it, of a path that was kept, and of a fork. */
async function rowsOf({ model }: LoadedModel): Promise<Float32Array[]> {
  const sequence = model.openSequence();
  const rows: Float32Array[] = [];
  const forward = async (of: typeof sequence, tokens: Int32Array, parents?: Int32Array) => {
    const { scores } = await model.forward([{ sequence: of, tokens, want: 'all', ...(parents ? { parents } : {}) }]);
    const [score] = scores;
    for (const [index] of tokens.entries()) rows.push(score!.row(index));
    const best = score!.topK(0, 3);
    expect(best.tokens[0]).toBe(score!.argmax()[0]);
    expect(best.logits[0]).toBe(Math.max(...score!.row(0)));
  };
  await forward(sequence, prompt);
  sequence.commit([...prompt.keys()]);
  await forward(sequence, tree.tokens, tree.parents);
  sequence.commit([0, 2]);
  const fork = sequence.fork();
  await forward(sequence, Int32Array.of(1));
  await forward(fork, Int32Array.of(1));
  fork.close();
  sequence.close();
  return rows;
}

// First: a process keeps the TensorFlow that it has loaded.
it.skipIf(existsSync('/dev/nvidiactl'))('says as ever that there is no GPU where none is', async () => {
  vi.unstubAllEnvs();
  await expect(load({ device: 'cuda' })).rejects.toMatchObject({ name: 'TensorFlowError', code: 'no-gpu' });
  await expect(load({ device: 'cuda', executor: 'fused' })).rejects.toMatchObject({ code: 'no-gpu' });
});

it('runs the fused operators on a GPU with TensorFlow for CPUs, near to exact', async () => {
  const onGpu = await load({ device: 'cuda' });
  expect(onGpu).toMatchObject({ device: 'cuda', executor: 'fused', arithmetic: 'exact' });
  expect(onGpu.report.devices.slice(0, 2)).toMatchObject([
    { device: 'cuda', state: 'taken', from: "foretoken's kernels on Fake GPU (compute capability 8.1, 9 GB)" },
    { device: 'cpu', state: 'available' },
  ]);
  const onCpu = await load({ device: 'cpu', arithmetic: 'exact' });
  const [actual, expected] = [await rowsOf(onGpu), await rowsOf(onCpu)];
  const [fork, original] = [actual.at(-1)!, actual.at(-2)!];
  expect(fork).toEqual(original);
  expectNear(actual, expected, 2e-3);
  const sequence = onGpu.model.openSequence();
  const guesses = await onGpu.model.forwardChain?.([{ sequence, tokens: prompt, most: 3, minimumConfidence: 0 }]);
  expect(guesses?.[0]?.tokens).toHaveLength(3);
  expect(warnings).toEqual([]);
});

it('runs Gemma 3: a scale, norms behind products, GELU, windows and rotation by layer', async () => {
  const gemma = await modelOf({ ...smallConfiguration('gemma3'), vocabularySize: SMALL_VOCABULARY });
  const onGpu = await rowsOf(await load({ device: 'cuda' }, gemma));
  // Norms of queries and keys by 1.5 to 2.5 make a sharp softmax, which the rounding of its input to 11 bits moves further.
  expectNear(onGpu, await rowsOf(await load({ device: 'cpu', arithmetic: 'exact' }, gemma)), 5e-3);
  expect(onGpu.at(-1)).toEqual(onGpu.at(-2));
});

it('refuses a model without kernels before it compiles any or takes memory, and says what runs it', async () => {
  const largeHeads = await modelOf({ ...folderConfiguration, headSize: 258 });
  vi.stubEnv('FORETOKEN_NVRTC', '/nowhere/libnvrtc.so.12');
  vi.stubEnv('FAKE_CUDA_MEMORY', '1000');
  await expect(load({ device: 'cuda' }, largeHeads)).rejects.toMatchObject({
    name: 'OperatorsError',
    code: 'gpu-unsupported-model',
    message: expect.stringMatching(/heads of 258 .*--device cpu/),
  });
  expect(await load({}, largeHeads)).toMatchObject({ device: 'cpu', executor: 'fused' });
  expect(warnings.join()).toContain('heads of 258');
});

it('refuses what a GPU has not', async () => {
  await expect(load({ device: 'cuda', arithmetic: 'integer' })).rejects.toMatchObject({ code: 'invalid-argument' });
});

it('takes the CPU where no device was named and the model does not fit, and says so', async () => {
  vi.stubEnv('FAKE_CUDA_MEMORY', '1000');
  await expect(load({ device: 'cuda' })).rejects.toMatchObject({ name: 'OperatorsError', code: 'gpu-out-of-memory' });
  const model = await load({});
  expect(model).toMatchObject({ device: 'cpu', executor: 'fused' });
  expect(warnings.join()).toContain('does not fit');
  expect(await rowsOf(model)).toHaveLength(12);
});

it('ends forwards with a typed error when the GPU is lost', async () => {
  const { model } = await load({ device: 'cuda' });
  const sequence = model.openSequence();
  vi.stubEnv('FAKE_CUDA_LAUNCHES', '1');
  const forward = () => model.forward([{ sequence, tokens: prompt, want: 'last' }]);
  await expect(forward()).rejects.toMatchObject({ name: 'OperatorsError', code: 'gpu-lost' });
  await expect(forward()).rejects.toMatchObject({ code: 'gpu-lost' });
});
