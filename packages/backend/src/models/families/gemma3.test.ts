import { expect, it } from 'vitest';
import type { MetadataValue } from '../../weights/weights-file.js';
import { configurationFromGguf } from '../gguf-configuration.js';
import { configurationFromHuggingFace } from '../hugging-face-configuration.js';

const METADATA = {
  'general.architecture': 'gemma3',
  'gemma3.block_count': 7,
  'gemma3.context_length': 32_768,
  'gemma3.embedding_length': 640,
  'gemma3.feed_forward_length': 2048,
  'gemma3.attention.head_count': 4,
  'gemma3.attention.head_count_kv': 1,
  'gemma3.attention.key_length': 256,
  'gemma3.attention.value_length': 256,
  'gemma3.attention.layer_norm_rms_epsilon': 1e-6,
  'gemma3.attention.sliding_window': 512,
  'gemma3.rope.freq_base': 1_000_000,
};

/** The `config.json` of google/gemma-3-270m, with fewer layers. */
const CONFIG = {
  _sliding_window_pattern: 6,
  architectures: ['Gemma3ForCausalLM'],
  attention_bias: false,
  attention_dropout: 0.0,
  attn_logit_softcapping: null,
  bos_token_id: 2,
  eos_token_id: 1,
  final_logit_softcapping: null,
  head_dim: 256,
  hidden_activation: 'gelu_pytorch_tanh',
  hidden_size: 640,
  initializer_range: 0.02,
  intermediate_size: 2048,
  layer_types: [...Array(5).fill('sliding_attention'), 'full_attention', 'sliding_attention'],
  max_position_embeddings: 32_768,
  model_type: 'gemma3_text',
  num_attention_heads: 4,
  num_hidden_layers: 7,
  num_key_value_heads: 1,
  pad_token_id: 0,
  query_pre_attn_scalar: 256,
  rms_norm_eps: 1e-6,
  rope_local_base_freq: 10_000.0,
  rope_scaling: null,
  rope_theta: 1_000_000.0,
  sliding_window: 512,
  torch_dtype: 'bfloat16',
  use_bidirectional_attention: false,
  use_cache: true,
  vocab_size: 262_144,
};

const EXPECTED = {
  family: 'gemma3',
  contextLength: 32_768,
  headSize: 256,
  rope: { base: 1_000_000, scaling: { kind: 'none' } },
  local: { window: 512, rope: { base: 10_000, scaling: { kind: 'none' } }, layers: [0, 1, 2, 3, 4, 6] },
  tiedEmbeddings: true,
};

function fromGguf(changes: Readonly<Record<string, MetadataValue>> = {}) {
  return configurationFromGguf(new Map(Object.entries({ ...METADATA, ...changes })), {
    has: () => false,
    rows: () => 262_144,
    ropeFactors: undefined,
  });
}

function fromHuggingFace(changes: object = {}) {
  return configurationFromHuggingFace({ ...CONFIG, ...changes }, { has: () => false });
}

it('reads windows and rotation by layer from both formats', () => {
  expect(fromGguf()).toMatchObject(EXPECTED);
  expect(fromHuggingFace()).toMatchObject(EXPECTED);
});

it('takes what transformers takes where config.json says nothing', () => {
  const { layer_types: _, head_dim: __, rope_theta: ___, ...rest } = CONFIG;
  const read = configurationFromHuggingFace(rest, { has: () => false });
  expect(read).toMatchObject(EXPECTED);
});

it.each<[object, readonly number[]]>([
  [{ sliding_window_pattern: 2, layer_types: undefined }, [0, 2, 4, 6]],
  [{ layer_types: Array(7).fill('full_attention') }, []],
])('knows the layers with a window: %j', (changes, layers) => {
  expect(fromHuggingFace(changes).local?.layers).toEqual(layers);
});

it('knows them in GGUF too, by period or one by one', () => {
  expect(fromGguf({ 'gemma3.attention.sliding_window_pattern': 2 }).local?.layers).toEqual([0, 2, 4, 6]);
  const listed = [true, false, true, true, true, true, false];
  expect(fromGguf({ 'gemma3.attention.sliding_window_pattern': listed }).local?.layers).toEqual([0, 2, 3, 4, 5]);
  expect(fromGguf({ 'gemma3.rope.freq_base_swa': 5000 }).local?.rope.base).toBe(5000);
});

it('reads the parameters of transformers 5, which has one rotary embedding for each type of layer', () => {
  const rope_parameters = {
    full_attention: { rope_type: 'linear', factor: 8, rope_theta: 2e6 },
    sliding_attention: { rope_type: 'default', rope_theta: 20_000 },
  };
  const changes = { rope_parameters, rope_theta: undefined, rope_local_base_freq: undefined };
  expect(fromHuggingFace(changes)).toMatchObject({
    rope: { base: 2e6, scaling: { kind: 'linear', factor: 8 } },
    local: { rope: { base: 20_000 } },
  });
});

it.each<[object, string]>([
  [{ sliding_window: null, layer_types: undefined }, 'needs a sliding window'],
  [{ sliding_window: 0 }, 'The sliding window 0'],
  [{ hidden_activation: 'gelu' }, 'hidden_activation'],
  [{ query_pre_attn_scalar: 168 }, 'query_pre_attn_scalar'],
  [{ final_logit_softcapping: 30 }, 'final_logit_softcapping'],
  [{ layer_types: ['full_attention'] }, 'kinds of attention of 7 layers'],
  [{ layer_types: Array(7).fill('chunked_attention') }, 'kinds of attention'],
  [{ rope_local_base_freq: 0 }, 'rotary base 0'],
  [{ rope_parameters: { sliding_attention: { rope_type: 'yarn' } } }, 'only default'],
  [{ architectures: ['Gemma3ForConditionalGeneration'] }, 'architectures'],
])('refuses %j', (changes, message) => {
  expect(() => fromHuggingFace(changes)).toThrow(message);
});

it('refuses the 27B model, whose GGUF files do not say how it scales queries', () => {
  expect(() => fromGguf({ 'gemma3.block_count': 62 })).toThrow('27B');
});
