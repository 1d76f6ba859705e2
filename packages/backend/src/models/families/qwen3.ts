import { named } from '../key-rules.js';
import { DECODER_TENSORS, HEAD_NORMS } from './decoder-tensors.js';
import type { Family } from './family.js';
import { llama } from './llama.js';

/** Qwen3 without experts: layers of Llama, with norms of heads. Source: `modeling_qwen3.py` of transformers. */
export const qwen3: Family = {
  name: 'qwen3',
  modelTypes: ['qwen3'],
  keys: {
    huggingFace: named([true], 'use_qk_norm qk_norm use_qk_layernorm qk_layernorm'),
  },
  tensors: { ...DECODER_TENSORS, ...HEAD_NORMS },
  configuration: (files) => files.decoder({ window: 'off' }),
  logits: llama.logits,
};
