import { type LoadedModel, loadModel } from '@foretoken/backend';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { referencePrompts, scoreAnswer, worstLogit } from './testing/reference.js';

let loaded: LoadedModel;
beforeAll(async () => {
  loaded = await loadModel('smollm2-135m-instruct', { device: 'wasm', contextLength: 1024 });
});
afterAll(() => loaded.close());

// Half of them: each takes up to half a minute.
const prompts = referencePrompts().filter((_, index) => index % 2 === 0);

it.each(prompts)('the wasm backend agrees with the reference: $prompt', async (reference) => {
  const sequence = loaded.model.openSequence();
  const scores = await scoreAnswer(loaded.model, sequence, reference);
  expect(loaded.device).toBe('wasm');
  expect([...scores.argmax()]).toEqual(reference.greedy);
  expect(worstLogit(reference, (position) => scores.row(position))).toBeLessThan(2e-2);
  sequence.close();
});
