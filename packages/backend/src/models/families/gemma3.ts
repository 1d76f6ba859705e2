import { type ModelConfiguration, UnsupportedModelError } from '../configuration.js';
import { named } from '../key-rules.js';
import { DECODER_TENSORS, HEAD_NORMS } from './decoder-tensors.js';
import type { Family, ModelDescription } from './family.js';

/** One layer of so many sees the whole text, the last of them, where a file does not say which. */
const USUAL_PERIOD = 6;

/** The 27B model scales queries by another number than 1 / √headSize; GGUF files tell it by its layers only. */
const LAYERS_OF_27B = 62;

const ACTIVATION = named(['gelu_pytorch_tanh'], 'hidden_activation hidden_act');

/** Gemma 3, its text side. Source: `modeling_gemma3.py` of transformers. */
export const gemma3: Family = {
  name: 'gemma3',
  modelTypes: ['gemma3_text'],
  keys: {
    gguf: {
      'attention.sliding_window_pattern': 'read',
      'rope.freq_base_swa': 'read',
      ...ACTIVATION,
    },
    huggingFace: {
      sliding_window_pattern: 'read',
      rope_local_base_freq: 'read',
      ...ACTIVATION,
      cache_implementation: 'harmless',
    },
  },
  tensors: {
    ...DECODER_TENSORS,
    ...HEAD_NORMS,
    attentionPostNorm: { gguf: 'post_attention_norm', huggingFace: 'post_attention_layernorm', shape: ['width'] },
    feedForwardNorm: { gguf: 'ffn_norm', huggingFace: 'pre_feedforward_layernorm', shape: ['width'] },
    feedForwardPostNorm: { gguf: 'post_ffw_norm', huggingFace: 'post_feedforward_layernorm', shape: ['width'] },
  },
  huggingFaceNorms: 'less-one',
  // The first token behind the vocabulary, which images replace in the models that see.
  tokensWithoutRow: ['<image_soft_token>'],
  configuration(files) {
    const decoder = files.decoder({ window: 'by-layer', headSize: 256, ropeBase: 1_000_000 });
    if (decoder.layers === LAYERS_OF_27B) {
      throw new UnsupportedModelError('Gemma 3 27B scales queries by another number than 1 / √headSize.');
    }
    const window = files.number({ gguf: 'attention.sliding_window', huggingFace: 'sliding_window' });
    if (window === undefined) throw new UnsupportedModelError('A model of the family gemma3 needs a sliding window.');
    return { ...decoder, local: { window, rope: localRope(files), layers: localLayers(files, decoder) } };
  },
  logits(pass) {
    const { operators } = pass;
    const { width, local } = pass.configuration;
    let hidden = operators.scale(pass.embedding(), Math.sqrt(width));
    for (const layer of pass.layers()) {
      const queryKeyValue = layer.linear(hidden, ['query', 'key', 'value'], { norm: 'attentionNorm', fine: true });
      const attended = layer.attention(
        queryKeyValue,
        local?.layers.includes(layer.index) ? { rotation: 1, window: local.window } : {},
      );
      const attention = operators.norm(layer.linear(attended, ['attentionOutput']), layer.norm('attentionPostNorm'));
      hidden = operators.add(hidden, attention);
      const gated = operators.gate(layer.linear(hidden, ['gate', 'up'], { norm: 'feedForwardNorm' }), 'gelu');
      hidden = operators.add(hidden, operators.norm(layer.linear(gated, ['down']), layer.norm('feedForwardPostNorm')));
    }
    return pass.logits(hidden);
  },
};

function localRope(files: ModelDescription): ModelConfiguration['rope'] {
  const nested = 'rope_parameters.sliding_attention';
  const type = files.value({ gguf: '', huggingFace: `${nested}.rope_type` }) ?? 'default';
  if (type !== 'default') {
    throw new UnsupportedModelError(
      `config.json says '${nested}.rope_type' = ${JSON.stringify(type)}; only default is.`,
    );
  }
  const base =
    files.number({ gguf: 'rope.freq_base_swa', huggingFace: 'rope_local_base_freq' }) ??
    files.number({ gguf: '', huggingFace: `${nested}.rope_theta` }) ??
    10_000;
  return { base, scaling: { kind: 'none' } };
}

/** The layers that see a window only: listed, or all but one of each period. */
function localLayers(files: ModelDescription, { layers }: ModelConfiguration): readonly number[] {
  const listed = files.value({ gguf: 'attention.sliding_window_pattern', huggingFace: 'layer_types' });
  const all = Array.from({ length: layers }, (_, layer) => layer);
  if (!Array.isArray(listed)) {
    const period =
      files.number({ gguf: 'attention.sliding_window_pattern', huggingFace: 'sliding_window_pattern' }) ?? USUAL_PERIOD;
    return all.filter((layer) => (layer + 1) % period !== 0);
  }
  const known = [true, false, 'sliding_attention', 'full_attention'];
  if (listed.length !== layers || !listed.every((one) => known.includes(one))) {
    throw new UnsupportedModelError(`The kinds of attention of ${layers} layers are said to be ${listed.join(', ')}.`);
  }
  return all.filter((layer) => listed[layer] === true || listed[layer] === 'sliding_attention');
}
