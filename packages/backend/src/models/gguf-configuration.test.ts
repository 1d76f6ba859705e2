import { describe, expect, it } from 'vitest';
import type { MetadataValue } from '../weights/weights-file.js';
import { UnsupportedModelError } from './configuration.js';
import { configurationFromGguf } from './gguf-configuration.js';

const METADATA: Readonly<Record<string, MetadataValue>> = {
  'general.architecture': 'llama',
  'llama.block_count': 2,
  'llama.context_length': 2048,
  'llama.embedding_length': 64,
  'llama.feed_forward_length': 96,
  'llama.attention.head_count': 4,
  'llama.attention.layer_norm_rms_epsilon': 1e-5,
};

function read(changes: Readonly<Record<string, MetadataValue>>, tensors: readonly string[] = [], factors?: number[]) {
  return configurationFromGguf(new Map(Object.entries({ ...METADATA, ...changes })), {
    has: (name) => tensors.includes(name),
    rows: () => 300,
    ropeFactors: factors ? Float32Array.from(factors) : undefined,
  });
}

it('takes what is left out from llama.cpp: key/value heads, head size, base', () => {
  expect(read({})).toMatchObject({ kvHeads: 4, headSize: 16, rope: { base: 10_000, scaling: { kind: 'none' } } });
  expect(read({ 'llama.attention.head_count_kv': [2, 2] }).kvHeads).toBe(2);
  expect(read({ 'llama.attention.sliding_window': 256 }).contextLength).toBe(256);
  expect(read({ 'llama.attention.sliding_window': 0 }).contextLength).toBe(2048);
});

it.each<[number | readonly number[], number]>([
  [1, 1],
  [2, 2],
  [4, 4],
  [[4, 4], 4],
])('has the key/value heads that the file says: %j', (count, heads) => {
  expect(read({ 'llama.attention.head_count_kv': count as MetadataValue }).kvHeads).toBe(heads);
});

it('ties exactly the models without an output matrix', () => {
  expect(read({}).tiedEmbeddings).toBe(true);
  expect(read({}, ['output.weight']).tiedEmbeddings).toBe(false);
});

it('lists the biases that the file has', () => {
  const tensors = ['blk.0.attn_v.bias', 'blk.0.attn_output.bias', 'blk.0.ffn_up.bias', 'output.bias'];
  expect(read({}, tensors).biases).toEqual(['value', 'attentionOutput', 'up', 'output']);
});

describe('rotary embedding', () => {
  it.each<[Readonly<Record<string, MetadataValue>>, object]>([
    [{ 'llama.rope.scaling.factor': 4 }, { kind: 'linear', factor: 4 }],
    [{ 'llama.rope.scale_linear': 8 }, { kind: 'linear', factor: 8 }],
    [
      { 'llama.rope.scaling.type': 'linear', 'llama.rope.scaling.factor': 2 },
      { kind: 'linear', factor: 2 },
    ],
    [{ 'llama.rope.scaling.type': 'none', 'llama.rope.scaling.factor': 2 }, { kind: 'none' }],
    [{ 'llama.rope.scaling.type': 'linear' }, { kind: 'none' }],
    [
      {
        'llama.rope.scaling.type': 'yarn',
        'llama.rope.scaling.factor': 4,
        'llama.rope.scaling.original_context_length': 512,
      },
      { kind: 'yarn', factor: 4, originalContextLength: 512, betaFast: 32, betaSlow: 1 },
    ],
  ])('%j', (changes, scaling) => {
    expect(read(changes).rope.scaling).toMatchObject(scaling);
  });

  it('combines factors of each frequency with a linear one, and refuses them with yarn', () => {
    const factors = [1, 1, 2, 2, 4, 4, 8, 8];
    expect(read({ 'llama.rope.scaling.factor': 2 }, [], factors).rope.scaling).toEqual({
      kind: 'factors',
      factors: Float32Array.from([2, 2, 4, 4, 8, 8, 16, 16]),
    });
    const yarn = { 'llama.rope.scaling.type': 'yarn', 'llama.rope.scaling.factor': 4 };
    expect(() => read(yarn, [], factors)).toThrow(/rope_freqs\.weight/);
    expect(() => read({}, [], [1, 2])).toThrow(/'rope_freqs\.weight' must hold 8/);
    expect(() => read({}, [], [0, 1, 2, 2, 4, 4, 8, 8])).toThrow(UnsupportedModelError);
  });
});

it.each<[Readonly<Record<string, MetadataValue>>, string]>([
  [{ 'llama.rope.scaling.type': 'longrope' }, 'longrope'],
  [{ 'llama.rope.scaling.type': 3 }, 'rope.scaling.type'],
  [{ 'llama.rope.scaling.attn_factor': 1.2 }, 'attn_factor'],
  [{ 'llama.rope.scaling.yarn_log_multiplier': 0.1 }, 'yarn_log_multiplier'],
  [{ 'llama.rope.scaling.alpha': 1000 }, 'alpha'],
  [{ 'llama.rope.dimension_count': 8 }, 'rotated'],
  [{ 'llama.rope.dimension_sections': [8, 12, 12, 0] }, 'dimension_sections'],
  [{ 'llama.rope.freq_base_swa': 5000 }, 'freq_base_swa'],
  [{ 'llama.attention.scale': 0.015625 }, 'attention.scale'],
  [{ 'llama.attention.clamp_kqv': 8 }, 'clamp_kqv'],
  [{ 'llama.attention.max_alibi_bias': 8 }, 'max_alibi_bias'],
  [{ 'llama.attention.causal': false }, 'causal'],
  [{ 'llama.attention.value_length': 32 }, 'value_length'],
  [{ 'llama.attention.head_count_kv': [4, 2] }, 'head_count_kv'],
  [{ 'llama.attention.layer_norm_epsilon': 1e-5 }, 'layer_norm_epsilon'],
  [{ 'llama.attn_logit_softcapping': 50 }, 'attn_logit_softcapping'],
  [{ 'llama.final_logit_softcapping': 30 }, 'final_logit_softcapping'],
  [{ 'llama.logit_scale': 0.25 }, 'logit_scale'],
  [{ 'llama.embedding_scale': 12 }, 'embedding_scale'],
  [{ 'llama.residual_scale': 0.22 }, 'residual_scale'],
  [{ 'llama.use_parallel_residual': true }, 'use_parallel_residual'],
  [{ 'llama.expert_count': 8, 'llama.expert_used_count': 2 }, 'expert_count'],
  [{ 'llama.nextn_predict_layers': 1 }, 'nextn_predict_layers'],
  [{ 'llama.pooling_type': 3 }, 'pooling_type'],
  [{ 'llama.vocab_size': 400 }, 'vocab_size'],
  [{ 'llama.ssm.state_size': 16 }, 'ssm.state_size'],
  [{ 'llama.something_new': 'on' }, 'something_new'],
  [{ 'general.type': 'adapter' }, 'general.type'],
])('refuses %j by name', (changes, name) => {
  expect(() => read(changes)).toThrow(UnsupportedModelError);
  expect(() => read(changes)).toThrow(name);
});

it.each<Readonly<Record<string, MetadataValue>>>([
  { 'llama.vocab_size': 300, 'llama.tensor_data_layout': 'Meta AI original pth', 'general.file_type': 15 },
  { 'llama.rope.dimension_count': 16, 'llama.attention.key_length': 16, 'llama.attention.value_length': 16 },
  { 'llama.expert_count': 0, 'llama.expert_used_count': 0, 'llama.use_parallel_residual': false },
  { 'llama.attention.causal': true, 'llama.attention.clamp_kqv': 0, 'llama.logit_scale': 1, 'llama.pooling_type': 0 },
  { 'llama.attention.scale': 0.25, 'llama.rope.scaling.finetuned': true, 'llama.rope.scaling.attn_factor': 1 },
  { 'general.type': 'model', 'quantize.imatrix.entries_count': 7, 'mradermacher.quantized_by': 'x' },
])('%j passes', (changes) => {
  expect(read(changes)).toEqual(read({}));
});
