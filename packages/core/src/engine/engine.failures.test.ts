import { fixed } from '@foretoken/adaptive';
import { createSampler, Engine, type EngineRequest, ForwardFailedError } from '@foretoken/core';
import { exactMatch } from '@foretoken/verifier';
import { describe, expect, it } from 'vitest';
import { noisyDrafter } from '../decoding/testing/drafters.js';
import { plainRequest, plainTokens, readAnswer } from './testing/read-answer.js';
import { RecordingModel } from './testing/recording-model.js';

const fail = (): never => {
  throw new Error('broke');
};
const guessing = (model: RecordingModel): EngineRequest => ({
  ...plainRequest([1, 2], 20),
  drafters: [noisyDrafter(model, ['chain'], [1])],
  controller: fixed({ drafter: 'noisy', depth: 4 }),
});

/** Runs a request that fails beside one that must not notice. */
async function beside(model: RecordingModel, request: EngineRequest): Promise<unknown> {
  const engine = new Engine({ model, verifier: exactMatch(), sequences: 4 });
  const failing = readAnswer(engine.submit(request)).catch((error: unknown) => error);
  const fine = await readAnswer(engine.submit(plainRequest([5, 6, 7], 30)));
  expect(fine.tokens).toEqual(await plainTokens(new RecordingModel(), [5, 6, 7], 30));
  expect(engine.statistics()).toMatchObject({ running: 0, totals: { finished: 1, failed: 1 } });
  await engine.close();
  expect(model.openSequences).toBe(0);
  return failing;
}

describe('Engine: failures', () => {
  it.each<[string, (request: EngineRequest) => Partial<EngineRequest>]>([
    ['controller’s plan', ({ controller }) => ({ controller: { ...controller, plan: fail } })],
    ['controller’s observe', ({ controller }) => ({ controller: { ...controller, observe: fail } })],
    ['sampler', () => ({ sampler: { ...createSampler(), needs: 'logits', sample: fail } })],
    ['prepareTree', () => ({ prepareTree: () => Promise.reject(new Error('broke')) })],
    ['detokenizer', () => ({ detokenizer: { push: fail, finish: () => '' } })],
  ])('lets a failing %s end its own request only', async (_, change) => {
    const model = new RecordingModel();
    const request = guessing(model);
    expect(await beside(model, { ...request, ...change(request) })).toMatchObject({ message: 'broke' });
  });

  it('lets a drafter that throws, and one whose session cannot open, cost no request anything', async () => {
    const model = new RecordingModel();
    const errors: unknown[] = [];
    const onDrafterError = (error: unknown): void => void errors.push(error);
    const engine = new Engine({ model, verifier: exactMatch(), sequences: 4, onDrafterError });
    const drafters = [noisyDrafter(model, ['throws', 'invalid'], [1]), { name: 'noisy', open: fail }];
    const answers = await Promise.all(
      drafters.map((drafter) => readAnswer(engine.submit({ ...guessing(model), drafters: [drafter] }))),
    );
    const expected = await plainTokens(new RecordingModel(), [1, 2], 20);
    expect(answers.map(({ tokens }) => tokens)).toEqual([expected, expected]);
    expect(errors).toHaveLength(2);
  });

  it('lets logits that are not numbers end the request that they are of, greedy or sampled', async () => {
    for (const [temperature, code] of [
      [0, 'invalid-argument'],
      [1, 'invalid-logits'],
    ] as const) {
      const model = new RecordingModel();
      let forwards = 0;
      model.after = (output, inputs) => {
        if (forwards++ < 4) return output;
        const scores = output.scores.map((own, index) => {
          if (inputs[index]?.sequence.length !== 4) return own;
          const row = () => new Float32Array(12).fill(Number.NaN);
          return { ...own, row, argmax: () => new Int32Array(own.rows).fill(-1) };
        });
        return { scores };
      };
      const request = { ...plainRequest([1, 2], 20), sampler: createSampler({ temperature, seed: 1 }) };
      // The other sequence is one token longer: it has 5 when this one has 4.
      expect(await beside(model, request)).toMatchObject({ code });
    }
  });

  it('refuses what prepareTree makes of a tree when it is none', async () => {
    const model = new RecordingModel();
    const prepareTree = async () => ({ tokens: Int32Array.of(1, 99), parents: Int32Array.of(-1, 0) });
    expect(await beside(model, { ...guessing(model), prepareTree })).toMatchObject({ code: 'invalid-draft-tree' });
  });

  it('fails those that are in a failing forward, and goes on with the others', async () => {
    const model = new RecordingModel();
    let forwards = 0;
    model.before = () => {
      if (forwards++ === 5) fail();
    };
    const engine = new Engine({ model, verifier: exactMatch(), sequences: 2 });
    const answers = await Promise.allSettled(
      [1, 2, 3].map((token) => readAnswer(engine.submit(plainRequest([token], 20)))),
    );
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
    expect(answers[0]).toMatchObject({ reason: { code: 'forward-failed', cause: { message: 'broke' } } });
    expect((answers[0] as PromiseRejectedResult).reason).toBeInstanceOf(ForwardFailedError);
    await engine.close();
    expect(model.openSequences).toBe(0);
  });

  it('waits for a slot that somebody else has, and says so when it could wait for ever', async () => {
    const model = new RecordingModel({ slots: 2 });
    const other = model.openSequence();
    const engine = new Engine({ model, verifier: exactMatch(), sequences: 2 });
    const answers = await Promise.all([1, 2].map((token) => readAnswer(engine.submit(plainRequest([token], 20)))));
    expect(answers.map(({ tokens }) => tokens.length)).toEqual([20, 20]);
    await engine.close();
    const second = model.openSequence();
    const none = new Engine({ model, verifier: exactMatch(), sequences: 2 });
    await expect(readAnswer(none.submit(plainRequest([1], 5)))).rejects.toMatchObject({ code: 'kv-capacity' });
    other.close();
    expect((await readAnswer(none.submit(plainRequest([1], 5)))).tokens).toHaveLength(5);
    second.close();
  });
});

describe('Engine: what a request may ask beside tokens', () => {
  it('gives logprobs of accepted guesses and of the target’s own tokens', async () => {
    const model = new RecordingModel();
    const engine = new Engine({ model, verifier: exactMatch(), sequences: 2 });
    const history = [1, 2];
    let guessed = 0;
    for await (const event of engine.submit({ ...guessing(model), topLogprobs: 3 })) {
      if (event.kind !== 'round') continue;
      for (const { token, origin, logprobs } of event.tokens) {
        const logits = [...model.logits(history)];
        const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
        const likely = [...logits.keys()].sort((a, b) => (logits[b] ?? 0) - (logits[a] ?? 0)).slice(0, 3);
        expect(logprobs?.top.tokens).toEqual(likely);
        expect(logprobs?.logprob).toBeCloseTo(Math.log(Math.exp(logits[token] ?? 0) / total), 4);
        expect(logprobs?.top.logprobs[0]).toBeCloseTo(logprobs?.logprob ?? 0, 6);
        if (origin === 'draft') guessed++;
        history.push(token);
      }
    }
    expect(history).toHaveLength(22);
    expect(guessed).toBeGreaterThan(5);
  });

  it('lets prepareTree see every round’s guesses and thin them out', async () => {
    const model = new RecordingModel();
    const engine = new Engine({ model, verifier: exactMatch(), sequences: 2 });
    let asked = 0;
    const { tokens, rounds } = await readAnswer(
      engine.submit({
        ...guessing(model),
        prepareTree: async (tree) => {
          asked++;
          return tree && { tokens: tree.tokens.slice(0, 1), parents: tree.parents.slice(0, 1) };
        },
      }),
    );
    expect(tokens).toEqual(await plainTokens(new RecordingModel(), [1, 2], 20));
    expect(asked).toBe(rounds.length);
    expect(Math.max(...rounds.map(({ drafted }) => drafted))).toBe(1);
  });
});
