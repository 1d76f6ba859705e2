import { DECODER_TENSORS } from './decoder-tensors.js';
import type { Family } from './family.js';

/** Llama 2 and 3, Mistral, SmolLM2, TinyLlama. Source: `modeling_llama.py` of transformers. */
export const llama: Family = {
  name: 'llama',
  modelTypes: ['llama', 'mistral'],
  tensors: DECODER_TENSORS,
  ggufPairs: 'neighbours',
  configuration: (files) => files.decoder({ window: 'on' }),
  logits(pass) {
    const { operators } = pass;
    let hidden = pass.embedding();
    for (const layer of pass.layers()) {
      const queryKeyValue = layer.linear(hidden, ['query', 'key', 'value'], { norm: 'attentionNorm', fine: true });
      const attended = layer.attention(queryKeyValue);
      hidden = operators.add(hidden, layer.linear(attended, ['attentionOutput']));
      const gated = operators.gate(layer.linear(hidden, ['gate', 'up'], { norm: 'feedForwardNorm' }), 'silu');
      hidden = operators.add(hidden, layer.linear(gated, ['down']));
    }
    return pass.logits(hidden);
  },
};
