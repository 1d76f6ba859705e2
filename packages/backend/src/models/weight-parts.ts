import type { ModelConfiguration, ModelFamily, Projection } from './configuration.js';

/** Where some rows of a weight come from: a tensor of the file, or nowhere, which means zeros. */
export type WeightPart = StoredPart | { readonly kind: 'zeros'; readonly rows: number };

/** One tensor of the file, and how its rows are to be ordered. */
export interface StoredPart {
  readonly kind: 'stored';
  readonly tensor: string;
  /**
   * `'stored'`: as in the file. `'interleave'`: each head holds [first halves, second halves] of its rotated pairs,
   * and is reordered so that pairs are neighbours, which is the one layout that the executors rotate.
   */
  readonly order: 'stored' | 'interleave';
}

/** Names of a file format's tensors. `layer` is undefined for those outside the layers. */
type Naming = (role: string, layer: number | undefined, kind: 'weight' | 'bias') => string;

const GGUF_NAMES: Readonly<Record<string, string>> = {
  embedding: 'token_embd',
  output: 'output',
  finalNorm: 'output_norm',
  attentionNorm: 'attn_norm',
  query: 'attn_q',
  key: 'attn_k',
  value: 'attn_v',
  queryNorm: 'attn_q_norm',
  keyNorm: 'attn_k_norm',
  attentionOutput: 'attn_output',
  feedForwardNorm: 'ffn_norm',
  gate: 'ffn_gate',
  up: 'ffn_up',
  down: 'ffn_down',
};

const HUGGING_FACE_NAMES: Readonly<Record<string, string>> = {
  embedding: 'model.embed_tokens',
  output: 'lm_head',
  finalNorm: 'model.norm',
  attentionNorm: 'input_layernorm',
  query: 'self_attn.q_proj',
  key: 'self_attn.k_proj',
  value: 'self_attn.v_proj',
  queryNorm: 'self_attn.q_norm',
  keyNorm: 'self_attn.k_norm',
  attentionOutput: 'self_attn.o_proj',
  feedForwardNorm: 'post_attention_layernorm',
  gate: 'mlp.gate_proj',
  up: 'mlp.up_proj',
  down: 'mlp.down_proj',
};

const ggufNaming: Naming = (role, layer, kind) =>
  `${layer === undefined ? '' : `blk.${layer}.`}${GGUF_NAMES[role] ?? role}.${kind}`;

const huggingFaceNaming: Naming = (role, layer, kind) =>
  `${layer === undefined ? '' : `model.layers.${layer}.`}${HUGGING_FACE_NAMES[role] ?? role}.${kind}`;

const PACKED: Readonly<Record<string, readonly string[]>> = {
  queryKeyValue: ['query', 'key', 'value'],
  gateUp: ['gate', 'up'],
};

const ROTATED = new Set(['query', 'key', 'queryNorm', 'keyNorm']);

/**
 * Finds the file's tensors that make up a weight of `ModelWeights`, stacked row on row.
 * GGUF files of the llama family are already interleaved; every other file has rotated halves.
 */
export function weightParts(
  name: string,
  format: 'gguf' | 'safetensors',
  configuration: ModelConfiguration,
): WeightPart[] {
  const naming = format === 'gguf' ? ggufNaming : huggingFaceNaming;
  const [first = '', second] = name.split('.');
  const layer = second === undefined ? undefined : Number(first);
  const role = second ?? first;
  const kind = role.endsWith('Bias') ? 'bias' : 'weight';
  const base = role.replace(/Bias$/, '');
  return (PACKED[base] ?? [base]).map((part): WeightPart => {
    if (kind === 'bias' && !configuration.biases.some((projection) => projection === part)) {
      return { kind: 'zeros', rows: rowsOf(part, configuration) };
    }
    const interleave = ROTATED.has(part) && !storedInterleaved(format, configuration.family);
    return { kind: 'stored', tensor: naming(part, layer, kind), order: interleave ? 'interleave' : 'stored' };
  });
}

/** The tensor that would hold the bias of a projection; for one within layers, that of the first layer. */
export function biasName(projection: Projection, format: 'gguf' | 'safetensors'): string {
  const naming = format === 'gguf' ? ggufNaming : huggingFaceNaming;
  return naming(projection, projection === 'output' ? undefined : 0, 'bias');
}

/** Rows of a part of a packed matrix. */
function rowsOf(part: string, { heads, kvHeads, headSize, feedForwardWidth }: ModelConfiguration): number {
  if (part === 'query') return heads * headSize;
  return part === 'key' || part === 'value' ? kvHeads * headSize : feedForwardWidth;
}

function storedInterleaved(format: 'gguf' | 'safetensors', family: ModelFamily): boolean {
  return format === 'gguf' && family === 'llama';
}
