import { named } from '../key-rules.js';
import { DECODER_TENSORS } from './decoder-tensors.js';
import type { Family } from './family.js';
import { llama } from './llama.js';

/** Qwen2, Qwen2.5, Qwen2.5-Coder: layers of Llama, with biases. Source: `modeling_qwen2.py` of transformers. */
export const qwen2: Family = {
  name: 'qwen2',
  modelTypes: ['qwen2'],
  keys: {
    // `transformers` gives it biases of query, key and value, and no others, whatever these say.
    huggingFace: named('harmless', 'attention_bias qkv_bias attention_out_bias mlp_bias lm_head_bias'),
  },
  tensors: DECODER_TENSORS,
  configuration: (files) => files.decoder({ window: 'off' }),
  logits: llama.logits,
};
