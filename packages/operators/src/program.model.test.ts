import { afterAll, beforeAll, expect, it } from 'vitest';
import { type LoadedModel, loadModel } from '../../backend/src/models/load-model.js';
import { referencePrompts, scoreAnswer, worstLogit } from '../../backend/src/models/testing/reference.js';

let model: LoadedModel['model'];

beforeAll(async () => {
  const options = { device: 'cpu', executor: 'fused', arithmetic: 'exact', slots: 2, contextLength: 1024 } as const;
  ({ model } = await loadModel('smollm2-135m-instruct', options));
});

afterAll(() => model.close());

it.each(referencePrompts())('answers as the reference, token for token: $prompt', async (reference) => {
  const { promptTokens, greedy } = reference;
  const sequence = model.openSequence();
  const answer: number[] = [];
  const rows: Float32Array[] = [];
  let tokens = Int32Array.from(promptTokens);
  while (answer.length < greedy.length) {
    const { scores } = await model.forward([{ sequence, tokens, want: 'last' }]);
    sequence.commit(Array.from(tokens, (_, index) => index));
    const next = scores[0]!.argmax()[0]!;
    rows.push(scores[0]!.row(0));
    answer.push(next);
    tokens = Int32Array.of(next);
  }
  sequence.close();
  expect(answer).toEqual(greedy);
  expect(worstLogit(reference, (position) => rows[position]!)).toBeLessThan(2e-3);

  // The whole answer at once: many rows, the tiled path.
  const whole = model.openSequence();
  expect([...(await scoreAnswer(model, whole, reference)).argmax()]).toEqual(greedy);
  whole.close();
});

it('scores a tree as the chains that it is made of', async () => {
  const [reference] = referencePrompts();
  const { promptTokens, greedy } = reference!;
  const sequence = model.openSequence();
  await model.forward([{ sequence, tokens: Int32Array.from(promptTokens.slice(0, -1)), want: 'none' }]);
  sequence.commit(promptTokens.slice(0, -1).map((_, index) => index));
  const tokens = [promptTokens.at(-1)!];
  const parents = [-1];
  greedy.slice(0, 6).forEach((token, depth) => {
    const parent = depth === 0 ? 0 : 2 * depth - 1;
    tokens.push(token, (token + 1) % model.vocabularySize);
    parents.push(parent, parent);
  });
  const { scores } = await model.forward([
    { sequence, tokens: Int32Array.from(tokens), parents: Int32Array.from(parents), want: 'all' },
  ]);
  const best = scores[0]!.argmax();
  best.forEach((token, index) => {
    const row = scores[0]!.row(index);
    const top = scores[0]!.topK(index, 3);
    const order = [...row.keys()].sort((a, b) => row[b]! - row[a]! || a - b).slice(0, 3);
    expect([...top.tokens]).toEqual(order);
    expect([...top.logits]).toEqual(order.map((item) => row[item]!));
    expect(order[0]).toBe(token);
  });
  const path = [0, 1, 3, 5, 7, 9, 11];
  expect(path.map((node) => best[node])).toEqual(greedy.slice(0, 7));
  sequence.commit(path);
  const after = await model.forward([{ sequence, tokens: Int32Array.of(greedy[6]!), want: 'last' }]);
  expect(after.scores[0]!.argmax()[0]).toBe(greedy[7]);
  sequence.close();
});
