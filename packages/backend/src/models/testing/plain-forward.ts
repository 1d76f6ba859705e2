import type { ModelConfiguration } from '../configuration.js';

/** Tensors by their Hugging Face names; matrices are [out, in]. */
export type NamedTensors = ReadonlyMap<string, { readonly shape: readonly number[]; readonly values: Float32Array }>;

/** Rotary frequencies of each pair of dimensions, in layers with a window and in others. */
export type Frequencies = (layer: 'full' | 'local') => readonly number[];

/**
 * Logits of the last token, computed slowly and plainly the way Hugging Face's `modeling_llama.py`,
 * `modeling_qwen3.py` and `modeling_gemma3.py` do: separate projections, rotated halves, one token after the other. Rotary frequencies come
 * from the caller, so that their scaling is checked against numbers that the code under test did not make.
 */
export function plainForward(
  tensors: NamedTensors,
  configuration: ModelConfiguration,
  frequencies: Frequencies,
  tokens: readonly number[],
): number[] {
  const { width, heads, kvHeads, headSize, layers, normEpsilon, local } = configuration;
  const isGemma = configuration.family === 'gemma3';
  const tensor = (name: string): Float32Array => {
    const found = tensors.get(name);
    if (!found) throw new Error(`no tensor ${name}`);
    return found.values;
  };
  const product = (name: string, x: readonly number[], biased = name): number[] => {
    const weight = tensor(`${name}.weight`);
    const bias = tensors.get(`${biased}.bias`)?.values;
    const rows = weight.length / x.length;
    return Array.from({ length: rows }, (_, row) =>
      x.reduce((sum, value, column) => sum + value * weight[row * x.length + column]!, bias?.[row] ?? 0),
    );
  };
  const norm = (name: string, x: readonly number[]): number[] => {
    const weight = tensor(`${name}.weight`);
    const mean = x.reduce((sum, value) => sum + value * value, 0) / x.length;
    return x.map((value, index) => (value / Math.sqrt(mean + normEpsilon)) * (weight[index]! + (isGemma ? 1 : 0)));
  };
  const rotate = (head: readonly number[], position: number, layer: number): number[] => {
    const angles = frequencies(local?.layers.includes(layer) ? 'local' : 'full');
    const half = headSize / 2;
    return head.map((value, index) => {
      const angle = position * angles[index % half]!;
      const other = index < half ? -head[index + half]! : head[index - half]!;
      return value * Math.cos(angle) + other * Math.sin(angle);
    });
  };
  const split = (x: readonly number[]): number[][] =>
    Array.from({ length: x.length / headSize }, (_, head) => x.slice(head * headSize, (head + 1) * headSize));

  const cache = Array.from({ length: layers }, () => ({ keys: [] as number[][][], values: [] as number[][][] }));
  let logits: number[] = [];
  tokens.forEach((token, position) => {
    const table = tensor('model.embed_tokens.weight');
    let hidden = Array.from(
      table.subarray(token * width, (token + 1) * width),
      (value) => value * (isGemma ? Math.sqrt(width) : 1),
    );
    for (let layer = 0; layer < layers; layer++) {
      const name = `model.layers.${layer}`;
      const normed = norm(`${name}.input_layernorm`, hidden);
      const headNorm = (kind: string, head: number[]): number[] =>
        ['qwen3', 'gemma3'].includes(configuration.family) ? norm(`${name}.self_attn.${kind}_norm`, head) : head;
      const queries = split(product(`${name}.self_attn.q_proj`, normed)).map((head) =>
        rotate(headNorm('q', head), position, layer),
      );
      const keys = split(product(`${name}.self_attn.k_proj`, normed)).map((head) =>
        rotate(headNorm('k', head), position, layer),
      );
      cache[layer]!.keys.push(keys);
      cache[layer]!.values.push(split(product(`${name}.self_attn.v_proj`, normed)));
      const attended = queries.flatMap((query, head) => {
        const shared = Math.floor(head / (heads / kvHeads));
        const scores = cache[layer]!.keys.map(
          (past) => past[shared]!.reduce((sum, value, index) => sum + value * query[index]!, 0) / Math.sqrt(headSize),
        );
        const first = local?.layers.includes(layer) ? position + 1 - local.window : 0;
        const exponentials = scores.map((score, at) => (at < first ? 0 : Math.exp(score - Math.max(...scores))));
        const total = exponentials.reduce((sum, value) => sum + value, 0);
        return query.map((_, index) =>
          cache[layer]!.values.reduce((sum, past, at) => sum + (exponentials[at]! / total) * past[shared]![index]!, 0),
        );
      });
      const attention = product(`${name}.self_attn.o_proj`, attended);
      hidden = add(hidden, isGemma ? norm(`${name}.post_attention_layernorm`, attention) : attention);
      const inner = norm(`${name}.${isGemma ? 'pre_feedforward' : 'post_attention'}_layernorm`, hidden);
      const up = product(`${name}.mlp.up_proj`, inner);
      const gated = product(`${name}.mlp.gate_proj`, inner).map(
        (gate, index) => (isGemma ? gelu(gate) : gate / (1 + Math.exp(-gate))) * up[index]!,
      );
      const fed = product(`${name}.mlp.down_proj`, gated);
      hidden = add(hidden, isGemma ? norm(`${name}.post_feedforward_layernorm`, fed) : fed);
    }
    logits = product(
      configuration.tiedEmbeddings ? 'model.embed_tokens' : 'lm_head',
      norm('model.norm', hidden),
      'lm_head',
    );
  });
  return logits;
}

function gelu(x: number): number {
  return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
}

function add(a: readonly number[], b: readonly number[]): number[] {
  return a.map((value, index) => value + b[index]!);
}
