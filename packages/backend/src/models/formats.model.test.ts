import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openWeights, type TensorType } from '@foretoken/backend';
import { loadTensorFlow } from '@foretoken/tensorflow';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { seededRandom } from '../../../core/src/testing/seeded-random.js';
import { randomWeights, SCALES } from '../../../operators/src/testing/random-weights.js';
import type { ExecutorKind } from '../executors/executor.js';
import { readableTypes } from '../weights/dequantise/readable-types.js';
import { encodeTensor } from '../weights/testing/encode-tensor.js';
import { type WrittenTensor, writeGguf } from '../weights/testing/write-gguf.js';
import { chooseExecutor } from './choose-executor.js';
import { createModel } from './create-model.js';
import { fileWeightSource } from './file-weight-source.js';
import { configurationFromGguf } from './gguf-configuration.js';

const FORMATS = Object.keys(readableTypes) as TensorType[];
const PROMPT = Int32Array.of(3, 14, 15, 92, 65, 35);
const LAYERS = 2;
/** Columns of every matrix: one block of the largest formats. */
const WIDTH = 256;
const HEADS = { query: 4, key: 2, size: 64 };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'foretoken-formats-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Blocks of any bits whose scales are such that products keep the size of what they multiply. */
function matrixBytes(format: TensorType, rows: number, random: () => number): Uint8Array {
  const wanted = 1 / Math.sqrt(WIDTH);
  if (format === 'F32' || format === 'F16' || format === 'BF16') {
    return encodeTensor(
      format,
      Float32Array.from({ length: rows * WIDTH }, () => (random() * 4 - 2) * wanted),
    );
  }
  const { bytes, values } = randomWeights(random, format, rows * WIDTH);
  const spread = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
  const octaves = Math.min(6, Math.round(Math.log2(spread / wanted)));
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  for (let block = 0; block < bytes.length; block += readableTypes[format].bytes) {
    for (const at of SCALES[format] ?? []) {
      view.setUint16(block + at, view.getUint16(block + at, true) - octaves * 0x400, true);
    }
  }
  return bytes;
}

function matrices(): [name: string, rows: number][] {
  const layer = (index: number): [string, number][] => [
    [`blk.${index}.attn_q`, HEADS.query * HEADS.size],
    [`blk.${index}.attn_k`, HEADS.key * HEADS.size],
    [`blk.${index}.attn_v`, HEADS.key * HEADS.size],
    [`blk.${index}.attn_output`, WIDTH],
    [`blk.${index}.ffn_gate`, WIDTH],
    [`blk.${index}.ffn_up`, WIDTH],
    [`blk.${index}.ffn_down`, WIDTH],
  ];
  return [['token_embd', 96], ['output', 96], ...Array.from({ length: LAYERS }, (_, index) => layer(index)).flat()];
}

/** The same model twice: as stored in a format, and as the float32 numbers that it stands for. */
async function writeModels(format: TensorType): Promise<{ readonly stored: string; readonly single: string }> {
  const random = seededRandom(FORMATS.indexOf(format) + 1);
  const norms = Array.from({ length: LAYERS }, (_, i) => [`blk.${i}.attn_norm`, `blk.${i}.ffn_norm`]).flat();
  const vectors = [...norms, 'output_norm'].map((name): WrittenTensor => {
    const values = Float32Array.from({ length: WIDTH }, () => 0.5 + random());
    return { name: `${name}.weight`, shape: [WIDTH], type: 'F32', values };
  });
  const blocks = matrices().map(([name, rows]) => {
    const bytes = matrixBytes(format, rows, random);
    const values = new Float32Array(rows * WIDTH);
    readableTypes[format].dequantise(bytes, values);
    return { name: `${name}.weight`, shape: [rows, WIDTH], bytes, values };
  });
  const metadata = {
    'general.architecture': 'llama',
    'llama.block_count': LAYERS,
    'llama.context_length': 64,
    'llama.embedding_length': WIDTH,
    'llama.feed_forward_length': WIDTH,
    'llama.attention.head_count': HEADS.query,
    'llama.attention.head_count_kv': HEADS.key,
    'llama.attention.layer_norm_rms_epsilon': 1e-5,
  };
  const write = async (name: string, tensors: readonly WrittenTensor[]): Promise<string> => {
    const path = join(folder, `${format}-${name}.gguf`);
    await writeFile(path, writeGguf({ metadata, tensors: [...vectors, ...tensors] }));
    return path;
  };
  return {
    stored: await write(
      'stored',
      blocks.map(({ name, shape, bytes }) => ({ name, shape, type: format, bytes })),
    ),
    single: await write(
      'single',
      blocks.map(({ name, shape, values }) => ({ name, shape, type: 'F32', values })),
    ),
  };
}

/** Greedy tokens and the logits that they were chosen by. */
async function answer(path: string, executor: ExecutorKind): Promise<{ tokens: number[]; rows: Float32Array[] }> {
  const file = await openWeights(path);
  const configuration = configurationFromGguf(file.metadata, {
    has: (name) => file.tensors.has(name),
    rows: (name) => file.tensors.get(name)?.shape[0],
    ropeFactors: undefined,
  });
  const model = await createModel({
    configuration,
    weights: fileWeightSource(file, configuration),
    executor: await chooseExecutor(executor, await loadTensorFlow({ device: 'cpu' })),
    slots: 1,
    slotCapacity: 64,
    arithmetic: 'exact',
  });
  const sequence = model.openSequence();
  const tokens: number[] = [];
  const rows: Float32Array[] = [];
  let next = PROMPT;
  while (tokens.length < 16) {
    const { scores } = await model.forward([{ sequence, tokens: next, want: 'last' }]);
    sequence.commit([...next.keys()]);
    rows.push(scores[0]!.row(0));
    tokens.push(scores[0]!.argmax()[0]!);
    next = Int32Array.of(tokens.at(-1)!);
  }
  model.close();
  await file.close();
  return { tokens, rows };
}

it.each(FORMATS)('%s answers as the numbers that it stands for, on weights as stored', async (format) => {
  const { stored, single } = await writeModels(format);
  const expected = await answer(single, 'eager');
  const spread = Math.max(...expected.rows.map((row) => Math.max(...row) - Math.min(...row)));
  expect(spread).toBeGreaterThan(1);
  expect(new Set(expected.tokens).size).toBeGreaterThan(1);
  for (const executor of ['fused', 'graph'] as const) {
    const { tokens, rows } = await answer(stored, executor);
    expect(tokens).toEqual(expected.tokens);
    const worst = Math.max(
      ...rows.flatMap((row, step) => Array.from(row, (value, token) => Math.abs(value - expected.rows[step]![token]!))),
    );
    expect(worst).toBeLessThan(2e-3);
  }
});
