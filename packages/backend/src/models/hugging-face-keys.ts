import type { ModelConfiguration } from './configuration.js';
import { type KeyRules, named } from './key-rules.js';

const scale = ({ headSize }: ModelConfiguration): number[] => [1 / Math.sqrt(headSize)];
const size = ({ headSize }: ModelConfiguration): number[] => [headSize];

/** Keys of `config.json`, as `transformers` and others write them. */
export const HUGGING_FACE_KEYS: KeyRules = {
  keys: {
    ...named(
      'read',
      `model_type architectures auto_map vocab_size max_position_embeddings num_hidden_layers hidden_size
       intermediate_size num_attention_heads num_key_value_heads head_dim rms_norm_eps tie_word_embeddings
       attention_bias qkv_bias attention_out_bias mlp_bias lm_head_bias
       rope_theta rotary_emb_base rotary_base rope_base rope_freq_base rope_scaling rope_parameters
       original_max_position_embeddings sliding_window use_sliding_window attention_chunk_size layer_types`,
    ),
    // How to store, train or sample, and what tokens are called: none of it reaches a forward pass.
    ...named(
      'harmless',
      `torch_dtype dtype transformers_version name_or_path use_cache pretraining_tp max_window_layers
       gradient_checkpointing attn_implementation attention_softmax_in_fp32 use_flash_attn use_flash_attention
       use_flash_attention_2 flash_attention torchscript use_bfloat16 tf_legacy_loss chunk_size_feed_forward
       return_dict output_hidden_states output_attentions output_scores return_dict_in_generate is_decoder
       id2label label2id num_labels problem_type finetuning_task task_specific_params tokenizer_class prefix
       model_max_length max_sequence_length tokenizer_model_max_length tokenizer_padding_side vocab_file
       bos_token eos_token pad_token unk_token additional_special_tokens
       max_length max_new_tokens min_length do_sample early_stopping num_beams num_beam_groups diversity_penalty
       temperature top_k top_p min_p typical_p repetition_penalty length_penalty no_repeat_ngram_size
       encoder_no_repeat_ngram_size bad_words_ids num_return_sequences remove_invalid_values suppress_tokens
       begin_suppress_tokens exponential_decay_length_penalty transformers.js_config training_config
       router_aux_loss_coef output_router_logits ignore_index use_unpad_rotary keys_to_ignore_at_inference`,
    ),
    ...named(
      ['silu', 'swish'],
      'hidden_act hidden_activation activation_function act_fn mlp_hidden_act mlp_activation',
    ),
    ...named(['rmsnorm', 'rms_norm', 'rms'], 'norm_type normalization normalization_type layer_norm_type'),
    ...named(['rope', 'rotary'], 'position_embedding_type pos_embedding_type positional_embedding'),
    ...named([true], 'is_causal causal use_causal_mask use_rope use_rotary use_rms_norm gated_mlp scale_attn_weights'),
    ...named(scale, 'attention_multiplier attention_scale attn_scale softmax_scale'),
    ...named(
      size,
      `query_pre_attn_scalar v_head_dim qk_head_dim value_head_dim kv_channels attention_head_dim rotary_dim
       rotary_ndims rope_dim`,
    ),
    ...named(
      [1],
      'partial_rotary_factor rotary_pct rotary_percent rope_pct rope_percent rotary_emb_fraction rope_ratio',
    ),
    // One for each layer: 0 means a layer without rotary embedding.
    no_rope_layers: [1],
    num_key_value_groups: ({ heads, kvHeads }) => [heads / kvHeads],
    local_rope_theta: ({ rope }) => [rope.base],
    rope_local_base_freq: ({ rope }) => [rope.base],
    // Experts: one alone is the plain network.
    num_experts_per_tok: [0],
  },
  patterns: [
    [/^_|^unsloth|_version$/, 'harmless'],
    [/dropout|_pdrop$|drop_path/, 'harmless'],
    [/initializer|^init_|_init_std$/, 'harmless'],
    [/_token_ids?$|_token_index$/, 'harmless'],
    [/(_multiplier|_multipliers|_scale|_scaling|_scaling_factor)$/, [1]],
  ],
};
