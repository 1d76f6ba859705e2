import { seededRandom } from '../../../../core/src/testing/seeded-random.js';
import { writeGguf } from '../../weights/testing/write-gguf.js';
import { writeSafetensors } from '../../weights/testing/write-safetensors.js';
import type { ModelConfiguration, Projection } from '../configuration.js';
import type { NamedTensors } from './plain-forward.js';

/** Random tensors under their Hugging Face names, as a configuration calls for. */
export function randomTensors(configuration: ModelConfiguration, seed: number): NamedTensors {
  const { width, heads, kvHeads, headSize, feedForwardWidth, vocabularySize, layers } = configuration;
  const random = seededRandom(seed);
  const tensors = new Map<string, { shape: number[]; values: Float32Array }>();
  const put = (name: string, ...shape: number[]): void => {
    const size = shape.reduce((product, value) => product * value, 1);
    const norm = name.includes('norm');
    const scale = shape.length === 2 ? 2 / Math.sqrt(shape[1] ?? 1) : 1;
    tensors.set(name, {
      shape,
      values: Float32Array.from({ length: size }, () => (norm ? 0.5 + random() : (random() * 2 - 1) * scale)),
    });
  };
  put('model.embed_tokens.weight', vocabularySize, width);
  for (let layer = 0; layer < layers; layer++) {
    const name = `model.layers.${layer}`;
    put(`${name}.input_layernorm.weight`, width);
    for (const [kind, count] of [
      ['q', heads],
      ['k', kvHeads],
      ['v', kvHeads],
    ] as const) {
      put(`${name}.self_attn.${kind}_proj.weight`, count * headSize, width);
      if (['qwen3', 'gemma3'].includes(configuration.family) && kind !== 'v')
        put(`${name}.self_attn.${kind}_norm.weight`, headSize);
    }
    for (const projection of configuration.biases) {
      if (projection !== 'output') {
        put(`${name}.${BIAS_NAMES[projection]}.bias`, projectionRows(configuration, projection));
      }
    }
    put(`${name}.self_attn.o_proj.weight`, width, heads * headSize);
    put(`${name}.post_attention_layernorm.weight`, width);
    if (configuration.family === 'gemma3') {
      put(`${name}.pre_feedforward_layernorm.weight`, width);
      put(`${name}.post_feedforward_layernorm.weight`, width);
    }
    put(`${name}.mlp.gate_proj.weight`, feedForwardWidth, width);
    put(`${name}.mlp.up_proj.weight`, feedForwardWidth, width);
    put(`${name}.mlp.down_proj.weight`, width, feedForwardWidth);
  }
  put('model.norm.weight', width);
  if (!configuration.tiedEmbeddings) put('lm_head.weight', vocabularySize, width);
  if (configuration.biases.includes('output')) put('lm_head.bias', vocabularySize);
  return tensors;
}

const BIAS_NAMES: Readonly<Record<Exclude<Projection, 'output'>, string>> = {
  query: 'self_attn.q_proj',
  key: 'self_attn.k_proj',
  value: 'self_attn.v_proj',
  attentionOutput: 'self_attn.o_proj',
  gate: 'mlp.gate_proj',
  up: 'mlp.up_proj',
  down: 'mlp.down_proj',
};

function projectionRows(configuration: ModelConfiguration, projection: Projection): number {
  const { heads, kvHeads, headSize, feedForwardWidth, width } = configuration;
  if (projection === 'query') return heads * headSize;
  if (projection === 'key' || projection === 'value') return kvHeads * headSize;
  return projection === 'gate' || projection === 'up' ? feedForwardWidth : width;
}

export function safetensorsFile(tensors: NamedTensors): Uint8Array {
  return writeSafetensors({
    tensors: [...tensors].map(([name, { shape, values }]) => ({ name, shape, values, type: 'F32' })),
  });
}

/** The `config.json` that belongs to a configuration. */
export function configJson(configuration: ModelConfiguration): object {
  const { rope, local } = configuration;
  return {
    model_type: local ? `${configuration.family}_text` : configuration.family,
    ...(local
      ? {
          sliding_window: local.window,
          rope_local_base_freq: local.rope.base,
          layer_types: Array.from({ length: configuration.layers }, (_, layer) =>
            local.layers.includes(layer) ? 'sliding_attention' : 'full_attention',
          ),
        }
      : {}),
    vocab_size: configuration.vocabularySize,
    max_position_embeddings: configuration.contextLength,
    num_hidden_layers: configuration.layers,
    hidden_size: configuration.width,
    intermediate_size: configuration.feedForwardWidth,
    num_attention_heads: configuration.heads,
    num_key_value_heads: configuration.kvHeads,
    head_dim: configuration.headSize,
    rms_norm_eps: configuration.normEpsilon,
    rope_theta: rope.base,
    rope_scaling:
      rope.scaling.kind === 'llama3'
        ? {
            rope_type: 'llama3',
            factor: rope.scaling.factor,
            low_freq_factor: rope.scaling.lowFrequencyFactor,
            high_freq_factor: rope.scaling.highFrequencyFactor,
            original_max_position_embeddings: rope.scaling.originalContextLength,
          }
        : null,
  };
}

const GGUF_PARTS: readonly (readonly [RegExp, string])[] = [
  [/^model\.embed_tokens/, 'token_embd'],
  [/^model\.norm/, 'output_norm'],
  [/^lm_head/, 'output'],
  [/^model\.layers\.(\d+)\./, 'blk.$1.'],
  [/input_layernorm/, 'attn_norm'],
  [/self_attn\.([qkv])_proj/, 'attn_$1'],
  [/self_attn\.([qk])_norm/, 'attn_$1_norm'],
  [/self_attn\.o_proj/, 'attn_output'],
  [/pre_feedforward_layernorm/, 'ffn_norm'],
  [/post_feedforward_layernorm/, 'post_ffw_norm'],
  [/mlp\.(\w+)_proj/, 'ffn_$1'],
];

/** The same model as llama.cpp's `convert_hf_to_gguf.py` writes it: renamed, and q and k of the llama family permuted. */
export function ggufContent(
  tensors: NamedTensors,
  configuration: ModelConfiguration,
  ropeFactors?: Float32Array,
): Parameters<typeof writeGguf>[0] {
  const { family, heads, kvHeads, local } = configuration;
  const written = [...tensors].map(([name, { shape, values }]) => {
    const behind = local ? 'post_attention_norm' : 'ffn_norm';
    const parts = [...GGUF_PARTS, [/post_attention_layernorm/, behind] as const];
    const renamed = parts.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), name);
    const permuted = /attn_([qk])\.(?:weight|bias)$/.exec(renamed);
    const count = permuted?.[1] === 'q' ? heads : kvHeads;
    return {
      name: renamed,
      shape,
      type: 'F32' as const,
      values:
        family === 'llama' && permuted
          ? permute(values, count, shape[1] ?? 1)
          : // The converter adds what safetensors lack.
            family === 'gemma3' && shape.length === 1
            ? values.map((value) => value + 1)
            : values,
    };
  });
  return {
    metadata: {
      'general.architecture': family,
      [`${family}.block_count`]: configuration.layers,
      [`${family}.context_length`]: configuration.contextLength,
      [`${family}.embedding_length`]: configuration.width,
      [`${family}.feed_forward_length`]: configuration.feedForwardWidth,
      [`${family}.attention.head_count`]: heads,
      [`${family}.attention.head_count_kv`]: kvHeads,
      [`${family}.attention.key_length`]: configuration.headSize,
      [`${family}.attention.layer_norm_rms_epsilon`]: configuration.normEpsilon,
      [`${family}.rope.freq_base`]: float32(configuration.rope.base),
      ...(local
        ? {
            [`${family}.attention.sliding_window`]: local.window,
            [`${family}.attention.sliding_window_pattern`]: 2,
            [`${family}.rope.freq_base_swa`]: float32(local.rope.base),
          }
        : {}),
    },
    tensors: ropeFactors
      ? [
          ...written,
          { name: 'rope_freqs.weight', shape: [ropeFactors.length], type: 'F32' as const, values: ropeFactors },
        ]
      : written,
  };
}

export function ggufFile(...content: Parameters<typeof ggufContent>): Uint8Array {
  return writeGguf(ggufContent(...content));
}

/** `LlamaModel.permute` of llama.cpp: reshape(heads, 2, size / 2, columns), swap the two middle axes. */
function permute(values: Float32Array, heads: number, columns: number): Float32Array {
  const size = values.length / heads / columns;
  const result = new Float32Array(values.length);
  for (let head = 0; head < heads; head++) {
    for (let half = 0; half < 2; half++) {
      for (let pair = 0; pair < size / 2; pair++) {
        const from = (head * size + half * (size / 2) + pair) * columns;
        const to = (head * size + 2 * pair + half) * columns;
        result.set(values.subarray(from, from + columns), to);
      }
    }
  }
  return result;
}

function float32(value: number): { readonly type: number; readonly bytes: Uint8Array } {
  return { type: 6, bytes: new Uint8Array(Float32Array.of(value).buffer) };
}
