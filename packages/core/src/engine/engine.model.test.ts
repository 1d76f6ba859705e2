import { fixed } from '@foretoken/adaptive';
import { type LoadedModel, loadModel } from '@foretoken/backend';
import { createSampler, Engine, type EngineRequest } from '@foretoken/core';
import { promptLookup, suffix } from '@foretoken/draft';
import { exactMatch } from '@foretoken/verifier';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { referencePrompts } from '../../../backend/src/models/testing/reference.js';
import { plainTokens, readAnswer } from './testing/read-answer.js';
import { sameOrTie } from './testing/same-or-tie.js';

const SEQUENCES = 8;

let loaded: LoadedModel;
beforeAll(async () => {
  // One slot beside the engine's, for the answers alone.
  loaded = await loadModel('smollm2-135m-instruct', {
    device: 'cpu',
    contextLength: 512,
    slots: SEQUENCES + 1,
    arithmetic: 'exact',
  });
});
afterAll(() => loaded.close());

/** Two of three guess, each with its own drafter and depth. */
function request(prompt: readonly number[], index: number, maximumTokens: number): EngineRequest {
  const drafter = index % 3 === 1 ? promptLookup({ minimumMatch: 1 }) : suffix();
  return {
    prompt: Int32Array.from(prompt),
    sampler: createSampler(),
    maximumTokens,
    drafters: index % 3 === 0 ? [] : [drafter],
    controller: index % 3 === 0 ? standardOnly : fixed({ drafter: drafter.name, depth: 2 + (index % 4) }),
  };
}
const standardOnly = { name: 'standard', plan: () => ({ kind: 'standard' }) as const, observe: () => {} };

describe('Engine on the real model', () => {
  it('answers eight prompts at a time as each is answered alone, through preemptions and shared beginnings', async () => {
    const { model } = loaded;
    const references = referencePrompts().filter(({ greedy }) => greedy.length === 48);
    const prompts = references.map(({ promptTokens }) => promptTokens);
    const [longest = []] = prompts.toSorted((a, b) => b.length - a.length);
    // One prompt twice and one that goes on from another: what the cache holds of it is used.
    const all = [...prompts.slice(0, 8), longest, [...longest.slice(0, 80), ...(prompts[1] ?? [])]];
    const longAnswers = 96;
    const alone: number[][] = [];
    for (const prompt of all) alone.push(await plainTokens(model, prompt, longAnswers));

    for (const kvTokens of [8 * 512, 420]) {
      const engine = new Engine({ model, verifier: exactMatch(), sequences: SEQUENCES, kvTokens });
      const answers = await Promise.all(
        all.map((prompt, index) => readAnswer(engine.submit(request(prompt, index, longAnswers)))),
      );
      for (const [index, { tokens }] of answers.entries()) {
        expect(await sameOrTie(model, all[index] ?? [], alone[index] ?? [], tokens)).toBe(true);
      }
      const { totals } = engine.statistics();
      expect(totals.reusedPromptTokens).toBeGreaterThan(100);
      expect(totals.acceptedTokens).toBeGreaterThan(50);
      if (kvTokens < 512) expect(totals.preemptions).toBeGreaterThan(2);
      await engine.close();
    }
  });

  it('gives one request the reference’s answer while others come and go', async () => {
    const { model } = loaded;
    const references = referencePrompts().filter(({ greedy }) => greedy.length === 48);
    const engine = new Engine({ model, verifier: exactMatch(), sequences: 3, prefillTokens: 16 });
    const answers = await Promise.all(
      references.map(({ promptTokens }, index) => readAnswer(engine.submit(request(promptTokens, index, 48)))),
    );
    for (const [index, { greedy, promptTokens }] of references.entries()) {
      expect(await sameOrTie(model, promptTokens, greedy, answers[index]?.tokens ?? [])).toBe(true);
    }
    await engine.close();
  });
});
