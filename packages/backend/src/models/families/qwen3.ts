import { named } from '../key-rules.js';
import { DECODER_TENSORS, HEAD_NORMS } from './decoder-tensors.js';
import type { Family } from './family.js';

/** Qwen3 without experts. Source: `modeling_qwen3.py` of transformers. */
export const qwen3: Family = {
  name: 'qwen3',
  modelTypes: ['qwen3'],
  keys: {
    huggingFace: named([true], 'use_qk_norm qk_norm use_qk_layernorm qk_layernorm'),
  },
  tensors: { ...DECODER_TENSORS, ...HEAD_NORMS },
  configuration: (files) => files.decoder({ window: 'off' }),
  logits(pass) {
    const { operators } = pass;
    let hidden = pass.embedding();
    for (const layer of pass.layers()) {
      const queryKeyValue = layer.linear(hidden, ['query', 'key', 'value'], { norm: 'attentionNorm', fine: true });
      const attended = operators.attention(queryKeyValue, {
        layer: layer.index,
        queryNorm: layer.norm('queryNorm'),
        keyNorm: layer.norm('keyNorm'),
      });
      hidden = operators.add(hidden, layer.linear(attended, ['attentionOutput']));
      const gated = operators.gate(layer.linear(hidden, ['gate', 'up'], { norm: 'feedForwardNorm' }), 'silu');
      hidden = operators.add(hidden, layer.linear(gated, ['down']));
    }
    return pass.logits(hidden);
  },
};
