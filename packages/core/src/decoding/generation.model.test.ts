import { fixed, standard } from '@foretoken/adaptive';
import { type LoadedModel, loadModel } from '@foretoken/backend';
import { createSampler, type DraftController, type SamplerOptions } from '@foretoken/core';
import { promptLookup } from '@foretoken/draft';
import { exactMatch } from '@foretoken/verifier';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { referencePrompts } from '../../../backend/src/models/testing/reference.js';
import { OneAtATime } from '../engine/testing/one-at-a-time.js';

let loaded: LoadedModel;
beforeAll(async () => {
  loaded = await loadModel('smollm2-135m-instruct', {
    device: 'cpu',
    contextLength: 1024,
    slots: 2,
    arithmetic: 'exact',
  });
});
afterAll(() => loaded.close());

const lookup = (): DraftController => fixed({ drafter: 'lookup', depth: 5 });

async function generate(
  prompt: Int32Array,
  maximumTokens: number,
  controller: () => DraftController,
  options: SamplerOptions,
) {
  const { model, tokenizer } = loaded;
  const drafters = [promptLookup({ minimumMatch: 1 })];
  const decoder = new OneAtATime({ model, drafters, verifier: exactMatch(), controller });
  const sampler = createSampler({ ...options, history: prompt });
  const tokens: number[] = [];
  let accepted = 0;
  for await (const event of decoder.generate({ prompt, sampler, maximumTokens, endTokens: tokenizer.endTokens })) {
    if (event.kind === 'round') tokens.push(...event.round.tokens);
    else accepted = event.statistics.acceptedTokens;
  }
  return { tokens, accepted };
}

describe('One sequence on the real model', () => {
  it('answers every reference prompt as the reference does, with and without guesses', async () => {
    let accepted = 0;
    for (const { promptTokens, greedy } of referencePrompts()) {
      const prompt = Int32Array.from(promptTokens);
      expect((await generate(prompt, 48, standard, {})).tokens).toEqual(greedy);
      const guessed = await generate(prompt, 48, lookup, {});
      expect(guessed.tokens).toEqual(greedy);
      accepted += guessed.accepted;
    }
    expect(accepted).toBeGreaterThan(30);
  });

  it('samples the same text from the same seed, with penalties and without', async () => {
    let accepted = 0;
    for (const [index, { promptTokens }] of referencePrompts().slice(0, 5).entries()) {
      const prompt = Int32Array.from(promptTokens);
      const options = { temperature: 0.6, topP: 0.9, seed: index, frequencyPenalty: index % 2 === 0 ? 0 : 0.2 };
      const plain = await generate(prompt, 40, standard, options);
      const guessed = await generate(prompt, 40, lookup, options);
      expect(guessed.tokens).toEqual(plain.tokens);
      accepted += guessed.accepted;
    }
    expect(accepted).toBeGreaterThan(0);
  });

  it('runs two generations on one model in turns', async () => {
    const [first, second] = referencePrompts();
    const answers = await Promise.all(
      [first!, second!].map(({ promptTokens }) => generate(Int32Array.from(promptTokens), 12, lookup, {})),
    );
    expect(answers.map(({ tokens }) => tokens)).toEqual([first!.greedy.slice(0, 12), second!.greedy.slice(0, 12)]);
  });
});
