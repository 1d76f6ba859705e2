import { type LoadedModel, loadModel } from '@foretoken/backend';
import { afterAll, beforeAll, expect, it } from 'vitest';

/** Of SmolLM2-135M in single precision: layers x keys and values x KV heads x head size x 4. */
const BYTES_OF_A_TOKEN = 30 * 2 * 3 * 64 * 4;
const TOKENS = 1_536;
const PIECE = 256;

let loaded: LoadedModel;
beforeAll(async () => {
  loaded = await loadModel('smollm2-135m-instruct', { executor: 'fused', slots: 2, contextLength: 2 * TOKENS });
});
afterAll(() => loaded.model.close());

async function filled(tokens: number) {
  const sequence = loaded.model.openSequence();
  for (let at = 0; at < tokens; at += PIECE) {
    await loaded.model.forward([{ sequence, tokens: new Int32Array(PIECE).fill(1 + (at % 7)), want: 'none' }]);
    sequence.commit(Array.from({ length: PIECE }, (_, node) => node));
  }
  return sequence;
}

const resident = (): number => process.memoryUsage().rss;

it('gives the memory of a sequence back when it is cut or closed', async () => {
  (await filled(PIECE)).close();
  const empty = resident();
  const sequence = await filled(TOKENS);
  const full = resident();
  expect(full - empty).toBeGreaterThan(0.8 * TOKENS * BYTES_OF_A_TOKEN);
  sequence.truncate(TOKENS / 2);
  expect(full - resident()).toBeGreaterThan(0.4 * TOKENS * BYTES_OF_A_TOKEN);
  sequence.close();
  expect(full - resident()).toBeGreaterThan(0.8 * TOKENS * BYTES_OF_A_TOKEN);
});
