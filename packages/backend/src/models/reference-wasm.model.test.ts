import { type LoadedModel, loadModel } from '@foretoken/backend';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { referencePrompts, scoreAnswer, worstLogit } from './testing/reference.js';

let loaded: LoadedModel;
beforeAll(async () => {
  loaded = await loadModel('smollm2-135m-instruct', { device: 'wasm', contextLength: 1024 });
});
afterAll(() => loaded.close());

it.each(referencePrompts())('the wasm backend agrees with the reference: $prompt', async (reference) => {
  const sequence = loaded.model.openSequence();
  const scores = await scoreAnswer(loaded.model, sequence, reference);
  expect(loaded.device).toBe('wasm');
  expect([...scores.argmax()]).toEqual(reference.greedy);
  expect(worstLogit(reference, (position) => scores.row(position))).toBeLessThan(2e-2);
  sequence.close();
});
