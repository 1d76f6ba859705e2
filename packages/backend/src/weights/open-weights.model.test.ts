import { hash } from 'node:crypto';
import { openWeights, resolveModel, type WeightsFile } from '@foretoken/backend';
import { afterAll, beforeAll, expect, test } from 'vitest';

let weights: WeightsFile;

beforeAll(async () => {
  weights = await openWeights((await resolveModel('smollm2-135m-instruct')).weights);
});
afterAll(() => weights.close());

test('the header is that of SmolLM2', () => {
  expect(weights.metadata.get('general.architecture')).toBe('llama');
  expect(weights.metadata.get('llama.block_count')).toBe(30);
  expect(weights.metadata.get('tokenizer.ggml.tokens')).toHaveLength(49_152);
  expect(weights.tensors.size).toBe(272);
  expect(weights.tensors.get('token_embd.weight')).toMatchObject({ type: 'Q8_0', shape: [49_152, 576] });
});

// SHA-256 of the float32 values that gguf.quants.dequantize of gguf-py gives, little-endian.
test.each([
  ['blk.7.ffn_down.weight', 'Q4_1', '9d3af8b67d13c727ae5ffe470464163b9cac42eb494525392bd3e79c8db73880'],
  ['blk.0.attn_q.weight', 'Q4_1', 'aa74111ad24c3624a20374d2026fd1f50bfe2520252e3c9aef4a666a28593cc8'],
  ['token_embd.weight', 'Q8_0', '3fd491c8066dd9dc1a2bf6796701526c82817d95c0ecabacdef3013c2b8bbbaa'],
  ['output_norm.weight', 'F32', '3b87f8e27335e67fc08f159cabfd2d18f205d6c5b225a6f978153552bf01d559'],
])('%s (%s) has the values of gguf-py, bit for bit', async (name, type, sha256) => {
  expect(weights.tensors.get(name)?.type).toBe(type);
  const values = await weights.readFloat32(name);
  expect(hash('sha256', new Uint8Array(values.buffer))).toBe(sha256);
});

test('rows are slices of the whole', async () => {
  const whole = await weights.readFloat32('blk.7.ffn_down.weight');
  const rows = await weights.readFloat32('blk.7.ffn_down.weight', { rows: { start: 100, end: 103 } });
  expect(rows).toEqual(whole.slice(100 * 1536, 103 * 1536));
});
