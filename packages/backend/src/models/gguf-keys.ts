import { type KeyRules, named } from './key-rules.js';

/** Keys behind the architecture's name (`llama.block_count`). Names are those of llama.cpp's `gguf-py/gguf/constants.py`. */
export const GGUF_KEYS: KeyRules = {
  keys: {
    ...named(
      'read',
      `vocab_size context_length embedding_length block_count feed_forward_length
       attention.head_count attention.head_count_kv attention.key_length attention.layer_norm_rms_epsilon
       attention.sliding_window rope.dimension_count rope.freq_base rope.scale_linear
       rope.scaling.type rope.scaling.factor rope.scaling.original_context_length rope.scaling.attn_factor
       rope.scaling.yarn_attn_factor rope.scaling.yarn_ext_factor rope.scaling.yarn_beta_fast rope.scaling.yarn_beta_slow`,
    ),

    tensor_data_layout: 'harmless',
    decoder_start_token_id: 'harmless',
    // Tells which layers the window is for; the context never exceeds the window.
    'attention.sliding_window_pattern': 'harmless',
    'rope.scaling.finetuned': 'harmless',

    'attention.causal': [true],
    'attention.value_length': ({ headSize }) => [headSize],
    'attention.key_length_swa': ({ headSize }) => [headSize],
    'attention.value_length_swa': ({ headSize }) => [headSize],
    'attention.scale': ({ headSize }) => [0, 1 / Math.sqrt(headSize)],
    'attention.output_scale': [0, 1],
    'attention.temperature_scale': [0],
    'rope.dimension_count_swa': ({ headSize }) => [headSize],
    'rope.freq_base_swa': ({ rope }) => [rope.base],
    'rope.scaling.alpha': [0, 1],
    embedding_length_out: ({ width }) => [width],
    embedding_scale: [0, 1],
    residual_scale: [0, 1],
    logit_scale: [0, 1],
    // −1 and 0 mean that nothing is pooled, as for every model that generates.
    pooling_type: [-1, 0, 0xffff_ffff],
    hidden_activation: ['silu', 'swish'],
    hidden_act: ['silu', 'swish'],
  },
  patterns: [[/_scale$/, [0, 1]]],
};
