import { describe, expect, it } from 'vitest';
import { UnsupportedModelError } from './configuration.js';
import { configurationFromHuggingFace } from './hugging-face-configuration.js';
import { rotationTable } from './rotation-table.js';

const CONFIG = {
  model_type: 'llama',
  vocab_size: 300,
  max_position_embeddings: 2048,
  num_hidden_layers: 2,
  hidden_size: 64,
  intermediate_size: 96,
  num_attention_heads: 4,
  rms_norm_eps: 1e-5,
};

function read(changes: object, tensors: readonly string[] = ['lm_head.weight']) {
  return configurationFromHuggingFace({ ...CONFIG, ...changes }, { has: (name) => tensors.includes(name) });
}

const LLAMA3 = {
  rope_type: 'llama3',
  factor: 8,
  low_freq_factor: 1,
  high_freq_factor: 4,
  original_max_position_embeddings: 512,
};
const LLAMA3_READ = {
  kind: 'llama3',
  factor: 8,
  lowFrequencyFactor: 1,
  highFrequencyFactor: 4,
  originalContextLength: 512,
};

describe('rotary embedding in all its spellings and places', () => {
  it.each<[object, object]>([
    [{}, { base: 10_000, scaling: { kind: 'none' } }],
    [{ rope_theta: 100_000 }, { base: 100_000, scaling: { kind: 'none' } }],
    [{ rotary_emb_base: 25_000 }, { base: 25_000 }],
    [{ rope_parameters: { rope_type: 'default', rope_theta: 100_000 } }, { base: 100_000, scaling: { kind: 'none' } }],
    [{ rope_parameters: { rope_theta: 1e6 } }, { base: 1e6, scaling: { kind: 'none' } }],
    [{ rope_parameters: { ...LLAMA3, rope_theta: 500_000 } }, { base: 500_000, scaling: LLAMA3_READ }],
    [
      { rope_theta: 5e5, rope_scaling: LLAMA3 },
      { base: 500_000, scaling: LLAMA3_READ },
    ],
    [
      { rope_theta: 5e5, rope_parameters: LLAMA3, rope_scaling: null },
      { base: 500_000, scaling: LLAMA3_READ },
    ],
    [
      { rope_scaling: LLAMA3, rope_parameters: { ...LLAMA3, rope_theta: 7 } },
      { base: 7, scaling: LLAMA3_READ },
    ],
    [{ rope_parameters: { full_attention: { ...LLAMA3, rope_theta: 9 } } }, { base: 9, scaling: LLAMA3_READ }],
    [{ rope_scaling: { type: 'linear', factor: 4 } }, { scaling: { kind: 'linear', factor: 4 } }],
    [{ rope_scaling: { rope_type: 'linear', type: 'linear', factor: 2 } }, { scaling: { kind: 'linear', factor: 2 } }],
    [
      { original_max_position_embeddings: 256, rope_scaling: LLAMA3 },
      { scaling: { ...LLAMA3_READ, originalContextLength: 256 } },
    ],
    [
      { rope_scaling: { type: 'yarn', factor: 4, original_max_position_embeddings: 2048, beta_fast: 16 } },
      {
        scaling: {
          kind: 'yarn',
          factor: 4,
          originalContextLength: 2048,
          attentionFactor: 0.1 * Math.log(4) + 1,
          betaFast: 16,
          betaSlow: 1,
          truncate: true,
        },
      },
    ],
  ])('%j', (changes, rope) => {
    expect(read(changes).rope).toMatchObject(rope);
  });

  it.each<[object, RegExp]>([
    [{ rope_theta: 10_000, rope_parameters: { rope_theta: 100_000 } }, /base more than once.*10000, 100000/],
    [{ rope_theta: 10_000, rotary_base: 20_000 }, /10000, 20000/],
    [{ rope_scaling: LLAMA3, rope_parameters: { ...LLAMA3, factor: 32 } }, /scaling more than once/],
    [{ rope_scaling: { type: 'dynamic', factor: 2 } }, /'dynamic'/],
    [{ rope_parameters: { rope_type: 'longrope', short_factor: [1], long_factor: [2] } }, /'longrope'/],
    [{ rope_scaling: { type: 'mrope', mrope_section: [16, 24, 24] } }, /'mrope'/],
    [{ rope_scaling: { type: 'linear', rope_type: 'yarn', factor: 2 } }, /type more than once/],
    [{ rope_scaling: { factor: 2 } }, /rope_scaling\.factor/],
    [{ rope_scaling: { type: 'linear', factor: 2, attention_factor: 3 } }, /rope_scaling\.attention_factor/],
    [{ rope_scaling: { type: 'linear' } }, /rope_scaling\.factor/],
    [{ rope_scaling: { type: 'linear', factor: -1 } }, /-1/],
    [{ rope_parameters: { rope_theta: 10_000, partial_rotary_factor: 0.5 } }, /partial_rotary_factor' = 0.5/],
    [{ partial_rotary_factor: 0.25 }, /partial_rotary_factor/],
    [{ rotary_pct: 0.25 }, /rotary_pct/],
    [{ rotary_dim: 8 }, /rotary_dim/],
    [{ rope_parameters: [] }, /rope_parameters/],
    [{ rope_theta: '10000' }, /rope_theta/],
    [
      { rope_parameters: { full_attention: { rope_theta: 1e6 }, sliding_attention: { rope_theta: 1e4 } } },
      /base more than once/,
    ],
  ])('refuses %j', (changes, message) => {
    expect(() => read(changes)).toThrow(UnsupportedModelError);
    expect(() => read(changes)).toThrow(message);
  });

  it('turns by the frequencies of transformers under yarn', () => {
    const configuration = read({
      rope_scaling: { type: 'yarn', factor: 4, original_max_position_embeddings: 2048 },
    });
    expect(configuration.contextLength).toBe(8192);
    const table = rotationTable(configuration, 2).subarray(16);
    // Of `_compute_yarn_parameters` in transformers 5 for these values.
    const frequencies = [1, 0.31622776, 0.1, 0.025693506, 0.00625, 0.0013834965, 0.00025, 0.00007905694];
    const attentionFactor = 1.138629436111989;
    frequencies.forEach((frequency, pair) => {
      expect(table[2 * pair]).toBeCloseTo(attentionFactor * Math.cos(frequency), 6);
      expect(table[2 * pair + 1]).toBeCloseTo(attentionFactor * Math.sin(frequency), 6);
    });
  });
});

describe('keys that change the computation', () => {
  it.each<[object, string]>([
    [{ hidden_act: 'gelu' }, 'hidden_act'],
    [{ hidden_act: 'relu2' }, 'hidden_act'],
    [{ hidden_activation: 'gelu_pytorch_tanh' }, 'hidden_activation'],
    [{ attention_multiplier: 0.0078125 }, 'attention_multiplier'],
    [{ embedding_multiplier: 12 }, 'embedding_multiplier'],
    [{ residual_multiplier: 0.22 }, 'residual_multiplier'],
    [{ logits_scaling: 8 }, 'logits_scaling'],
    [{ logit_scale: 0.0625 }, 'logit_scale'],
    [{ scale_emb: 12 }, 'scale_emb'],
    [{ dim_model_base: 256 }, 'dim_model_base'],
    [{ final_logit_softcapping: 30 }, 'final_logit_softcapping'],
    [{ attn_logit_softcapping: 50 }, 'attn_logit_softcapping'],
    [{ query_pre_attn_scalar: 224 }, 'query_pre_attn_scalar'],
    [{ clip_qkv: 8 }, 'clip_qkv'],
    [{ parallel_attn: true }, 'parallel_attn'],
    [{ use_parallel_residual: true }, 'use_parallel_residual'],
    [{ num_local_experts: 8, num_experts_per_tok: 2 }, 'num_local_experts'],
    [{ no_rope_layers: [1, 1, 0, 1] }, 'no_rope_layers'],
    [{ use_qk_norm: true }, 'use_qk_norm'],
    [{ is_causal: false }, 'is_causal'],
    [{ alibi: true }, 'alibi'],
    [{ quantization_config: { quant_method: 'awq', bits: 4 } }, 'quantization_config'],
    [{ text_config: { hidden_size: 64 } }, 'text_config'],
    [{ position_embedding_type: 'alibi' }, 'position_embedding_type'],
    [{ norm_type: 'layernorm' }, 'norm_type'],
    [{ v_head_dim: 128 }, 'v_head_dim'],
    [{ architectures: ['LlamaForSequenceClassification'] }, 'architectures'],
    [{ auto_map: { AutoModelForCausalLM: 'modeling_own.OwnForCausalLM' } }, 'auto_map'],
    [{ attention_bias: true }, 'attention_bias'],
    [{ mlp_bias: true }, 'mlp_bias'],
    [{ layer_types: ['full_attention', 'linear_attention'] }, 'layer_types'],
    [{ layer_types: ['sliding_attention'] }, 'sliding_window'],
    [{ tie_word_embeddings: 'yes' }, 'tie_word_embeddings'],
    [{ something_new: 3 }, 'something_new'],
  ])('%j is refused by name', (changes, name) => {
    expect(() => read(changes)).toThrow(UnsupportedModelError);
    expect(() => read(changes)).toThrow(name);
  });

  it.each([
    { hidden_act: 'silu', torch_dtype: 'bfloat16', transformers_version: '5.1.0', use_cache: true },
    { hidden_activation: 'swish', attention_dropout: 0.1, initializer_range: 0.02, pretraining_tp: 2 },
    { bos_token_id: 1, eos_token_id: [2, 3], pad_token_id: null, _name_or_path: 'x/y', unsloth_fixed: true },
    { architectures: ['LlamaForCausalLM'], attention_bias: false, mlp_bias: false, clip_qkv: null },
    { embedding_multiplier: 1, logits_scaling: 1.0, partial_rotary_factor: 1, query_pre_attn_scalar: 16 },
    { attention_multiplier: 0.25, final_logit_softcapping: null, use_parallel_residual: false, num_local_experts: 0 },
    { quantization_config: null, layer_types: ['full_attention', 'full_attention'], no_rope_layers: [1, 1] },
    { id2label: { 0: 'x' }, task_specific_params: { a: 1 }, temperature: 0.7, max_length: 20 },
  ])('%j passes', (changes) => {
    expect(read(changes)).toEqual(read({}));
  });

  it('limits the context to the window of the layers that have one', () => {
    expect(read({ sliding_window: 512 }).contextLength).toBe(512);
    expect(read({ sliding_window: 512, use_sliding_window: false }).contextLength).toBe(2048);
    expect(read({ model_type: 'qwen2', sliding_window: 512 }).contextLength).toBe(2048);
    expect(read({ model_type: 'qwen2', sliding_window: 512, use_sliding_window: true }).contextLength).toBe(512);
    expect(read({ attention_chunk_size: 256 }).contextLength).toBe(256);
    const layers = ['full_attention', 'sliding_attention'];
    expect(read({ model_type: 'qwen3', sliding_window: 128, layer_types: layers }).contextLength).toBe(128);
  });
});

describe('weights and configuration together', () => {
  it('ties where the configuration says so, whatever else was saved', () => {
    expect(read({ tie_word_embeddings: true }, ['lm_head.weight']).tiedEmbeddings).toBe(true);
    expect(read({ tie_word_embeddings: true }, []).tiedEmbeddings).toBe(true);
    expect(read({ tie_word_embeddings: false }, ['lm_head.weight']).tiedEmbeddings).toBe(false);
    expect(read({}, []).tiedEmbeddings).toBe(true);
    expect(() => read({ tie_word_embeddings: false }, [])).toThrow(/lm_head\.weight/);
  });

  it('takes biases from the weights, and refuses a configuration that contradicts them', () => {
    const biases = ['model.layers.0.self_attn.o_proj.bias', 'model.layers.0.mlp.down_proj.bias', 'lm_head.weight'];
    expect(read({ attention_bias: true, mlp_bias: true }, biases).biases).toEqual(['attentionOutput', 'down']);
    expect(read({}, biases).biases).toEqual(['attentionOutput', 'down']);
    expect(() => read({ attention_bias: false }, biases)).toThrow(/'attention_bias' = false/);
    expect(() => read({ mlp_bias: false }, biases)).toThrow(/'mlp_bias' = false/);
  });

  it('has as many key/value heads as heads, where nothing else is said', () => {
    expect(read({}).kvHeads).toBe(4);
    expect(read({ num_key_value_heads: null }).kvHeads).toBe(4);
    expect(read({ num_key_value_heads: 2 }).kvHeads).toBe(2);
  });
});
