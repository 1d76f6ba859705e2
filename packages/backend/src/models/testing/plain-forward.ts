import type { ModelConfiguration } from '../configuration.js';

/** Tensors by their Hugging Face names; matrices are [out, in]. */
export type NamedTensors = ReadonlyMap<string, { readonly shape: readonly number[]; readonly values: Float32Array }>;

/**
 * Logits of the last token, computed slowly and plainly the way Hugging Face's `modeling_llama.py` and
 * `modeling_qwen3.py` do: separate projections, rotated halves, one token after the other. Rotary frequencies come
 * from the caller, so that their scaling is checked against numbers that the code under test did not make.
 */
export function plainForward(
  tensors: NamedTensors,
  configuration: ModelConfiguration,
  frequencies: readonly number[],
  tokens: readonly number[],
): number[] {
  const { width, heads, kvHeads, headSize, layers, normEpsilon } = configuration;
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
    return x.map((value, index) => (value / Math.sqrt(mean + normEpsilon)) * weight[index]!);
  };
  const rotate = (head: readonly number[], position: number): number[] => {
    const half = headSize / 2;
    return head.map((value, index) => {
      const angle = position * frequencies[index % half]!;
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
    let hidden = Array.from(table.subarray(token * width, (token + 1) * width));
    for (let layer = 0; layer < layers; layer++) {
      const name = `model.layers.${layer}`;
      const normed = norm(`${name}.input_layernorm`, hidden);
      const headNorm = (kind: string, head: number[]): number[] =>
        configuration.family === 'qwen3' ? norm(`${name}.self_attn.${kind}_norm`, head) : head;
      const queries = split(product(`${name}.self_attn.q_proj`, normed)).map((head) =>
        rotate(headNorm('q', head), position),
      );
      const keys = split(product(`${name}.self_attn.k_proj`, normed)).map((head) =>
        rotate(headNorm('k', head), position),
      );
      cache[layer]!.keys.push(keys);
      cache[layer]!.values.push(split(product(`${name}.self_attn.v_proj`, normed)));
      const attended = queries.flatMap((query, head) => {
        const shared = Math.floor(head / (heads / kvHeads));
        const scores = cache[layer]!.keys.map(
          (past) => past[shared]!.reduce((sum, value, index) => sum + value * query[index]!, 0) / Math.sqrt(headSize),
        );
        const exponentials = scores.map((score) => Math.exp(score - Math.max(...scores)));
        const total = exponentials.reduce((sum, value) => sum + value, 0);
        return query.map((_, index) =>
          cache[layer]!.values.reduce((sum, past, at) => sum + (exponentials[at]! / total) * past[shared]![index]!, 0),
        );
      });
      hidden = add(hidden, product(`${name}.self_attn.o_proj`, attended));
      const inner = norm(`${name}.post_attention_layernorm`, hidden);
      const up = product(`${name}.mlp.up_proj`, inner);
      const gated = product(`${name}.mlp.gate_proj`, inner).map(
        (gate, index) => (gate / (1 + Math.exp(-gate))) * up[index]!,
      );
      hidden = add(hidden, product(`${name}.mlp.down_proj`, gated));
    }
    logits = product(
      configuration.tiedEmbeddings ? 'model.embed_tokens' : 'lm_head',
      norm('model.norm', hidden),
      'lm_head',
    );
  });
  return logits;
}

function add(a: readonly number[], b: readonly number[]): number[] {
  return a.map((value, index) => value + b[index]!);
}
