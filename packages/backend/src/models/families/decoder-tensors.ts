import type { ModelConfiguration } from '../configuration.js';

/** Tensors of a model's files by their roles. */
export type Tensors = Readonly<Record<string, StoredTensor>>;

/** A tensor of a model's files: its names there, without layer and `.weight`. */
export interface StoredTensor {
  readonly gguf: string;
  readonly huggingFace: string;
  /** [rows, columns] of a matrix, [values] of a vector. */
  readonly shape: readonly [rows: Size, columns?: Size];
  /** Whether its rows are rotated, head by head. @default false */
  readonly rotated?: boolean;
  /** Whether it belongs to no layer. @default false */
  readonly once?: boolean;
}

/** A size that the configuration says: `queries` and `keys` are those of all heads together. */
export type Size = keyof ReturnType<typeof sizesOf>;

export function sizesOf(configuration: ModelConfiguration) {
  const { vocabularySize, width, feedForwardWidth, heads, kvHeads, headSize } = configuration;
  return {
    vocabulary: vocabularySize,
    width,
    inner: feedForwardWidth,
    queries: heads * headSize,
    keys: kvHeads * headSize,
    head: headSize,
  };
}

/** The tensors that nearly all decoders have, as llama.cpp's `gguf-py` and `transformers` name them. */
export const DECODER_TENSORS = {
  embedding: {
    gguf: 'token_embd',
    huggingFace: 'model.embed_tokens',
    shape: ['vocabulary', 'width'],
    once: true,
  },
  attentionNorm: { gguf: 'attn_norm', huggingFace: 'input_layernorm', shape: ['width'] },
  query: { gguf: 'attn_q', huggingFace: 'self_attn.q_proj', shape: ['queries', 'width'], rotated: true },
  key: { gguf: 'attn_k', huggingFace: 'self_attn.k_proj', shape: ['keys', 'width'], rotated: true },
  value: { gguf: 'attn_v', huggingFace: 'self_attn.v_proj', shape: ['keys', 'width'] },
  attentionOutput: { gguf: 'attn_output', huggingFace: 'self_attn.o_proj', shape: ['width', 'queries'] },
  feedForwardNorm: { gguf: 'ffn_norm', huggingFace: 'post_attention_layernorm', shape: ['width'] },
  gate: { gguf: 'ffn_gate', huggingFace: 'mlp.gate_proj', shape: ['inner', 'width'] },
  up: { gguf: 'ffn_up', huggingFace: 'mlp.up_proj', shape: ['inner', 'width'] },
  down: { gguf: 'ffn_down', huggingFace: 'mlp.down_proj', shape: ['width', 'inner'] },
  finalNorm: { gguf: 'output_norm', huggingFace: 'model.norm', shape: ['width'], once: true },
  output: { gguf: 'output', huggingFace: 'lm_head', shape: ['vocabulary', 'width'], once: true },
} as const satisfies Tensors;

/** Norms of each query and key head. */
export const HEAD_NORMS = {
  queryNorm: { gguf: 'attn_q_norm', huggingFace: 'self_attn.q_norm', shape: ['head'], rotated: true },
  keyNorm: { gguf: 'attn_k_norm', huggingFace: 'self_attn.k_norm', shape: ['head'], rotated: true },
} as const satisfies Tensors;
