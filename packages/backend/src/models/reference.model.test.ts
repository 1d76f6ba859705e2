import { type LoadedModel, loadModel } from '@foretoken/backend';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { referencePrompts, scoreAnswer, worstLogit } from './testing/reference.js';

const prompts = referencePrompts();

describe.each(['fused', 'graph'] as const)('the reference answers on the %s executor', (executor) => {
  let loaded: LoadedModel;
  /** The oracle of the graph; one comparison with it is enough. */
  let eager: LoadedModel | undefined;
  beforeAll(async () => {
    loaded = await loadModel('smollm2-135m-instruct', {
      device: 'cpu',
      executor,
      slots: 2,
      contextLength: 1024,
      arithmetic: 'exact',
    });
    if (executor !== 'graph') return;
    eager = await loadModel('smollm2-135m-instruct', { device: 'cpu', executor: 'eager', contextLength: 1024 });
  });
  afterAll(() => {
    loaded.close();
    eager?.close();
  });

  it('come from the executors that were asked for', () => {
    expect([loaded.executor, eager?.executor]).toEqual([executor, executor === 'graph' ? 'eager' : undefined]);
    expect(prompts.length).toBeGreaterThanOrEqual(10);
  });

  it.each(prompts)('hold token for token and logit for logit: $prompt', async (reference) => {
    const { promptTokens, greedy } = reference;
    expect([...loaded.tokenizer.encode(reference.prompt, { specialTokens: true })]).toEqual(promptTokens);
    const sequence = loaded.model.openSequence();
    const answer: number[] = [];
    let tokens = Int32Array.from(promptTokens);
    const rows: Float32Array[] = [];
    while (answer.length < greedy.length) {
      const { scores } = await loaded.model.forward([{ sequence, tokens, want: 'last' }]);
      sequence.commit(Array.from(tokens, (_, index) => index));
      const next = scores[0]!.argmax()[0]!;
      rows.push(scores[0]!.row(0));
      answer.push(next);
      tokens = Int32Array.of(next);
    }
    sequence.close();
    expect(answer).toEqual(greedy);
    expect(worstLogit(reference, (position) => rows[position]!)).toBeLessThan(2e-3);

    if (eager === undefined) return;
    const eagerSequence = eager.model.openSequence();
    const scores = await scoreAnswer(eager.model, eagerSequence, reference);
    expect([...scores.argmax()]).toEqual(greedy);
    rows.forEach((row, position) => {
      const other = scores.row(position);
      const worst = row.reduce((most, value, token) => Math.max(most, Math.abs(value - other[token]!)), 0);
      expect(worst).toBeLessThan(2e-3);
    });
    eagerSequence.close();
  });

  it('hold for a tree of two of them at once', async () => {
    const [reference] = prompts;
    const { promptTokens, greedy } = reference!;
    const sequence = loaded.model.openSequence();
    await loaded.model.forward([{ sequence, tokens: Int32Array.from(promptTokens.slice(0, -1)), want: 'none' }]);
    sequence.commit(promptTokens.slice(0, -1).map((_, index) => index));
    // The right continuation at odd nodes, a wrong one at even nodes, each hanging off the right one before.
    const tokens = [promptTokens.at(-1)!];
    const parents = [-1];
    greedy.slice(0, 6).forEach((token, depth) => {
      const parent = depth === 0 ? 0 : 2 * depth - 1;
      tokens.push(token, (token + 1) % loaded.model.vocabularySize);
      parents.push(parent, parent);
    });
    const { scores } = await loaded.model.forward([
      { sequence, tokens: Int32Array.from(tokens), parents: Int32Array.from(parents), want: 'all' },
    ]);
    const best = scores[0]!.argmax();
    const path = [0, 1, 3, 5, 7, 9, 11];
    expect(path.map((node) => best[node])).toEqual(greedy.slice(0, 7));
    const worst = worstLogit({ ...reference!, top5: reference!.top5.slice(0, 7) }, (depth) =>
      scores[0]!.row(path[depth]!),
    );
    expect(worst).toBeLessThan(2e-3);
    sequence.commit(path);
    const after = await loaded.model.forward([{ sequence, tokens: Int32Array.of(greedy[6]!), want: 'last' }]);
    expect(after.scores[0]!.argmax()[0]).toBe(greedy[7]);
    sequence.close();
  });
});
