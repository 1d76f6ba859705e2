import { fixed } from '@foretoken/adaptive';
import { createSampler, type Drafter, Engine, type LanguageModel } from '@foretoken/core';
import { draftModel, earlyExit, promptLookup } from '@foretoken/draft';
import { exactMatch } from '@foretoken/verifier';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomModel } from '../../../backend/src/models/testing/random-model.js';
import { plainTokens, readAnswer } from './testing/read-answer.js';
import { sameOrTie } from './testing/same-or-tie.js';

const SEQUENCES = 4;

const requests = fc.record({
  prompt: fc.array(fc.integer({ min: 0, max: 95 }), { minLength: 2, maxLength: 20 }),
  shared: fc.nat(20),
  maximumTokens: fc.integer({ min: 1, max: 22 }),
  drafter: fc.constantFrom('model' as const, 'early-exit' as const, 'lookup' as const),
  depth: fc.integer({ min: 1, max: 5 }),
  width: fc.integer({ min: 1, max: 3 }),
});

const sharedText = Array.from({ length: 20 }, (_, i) => (i * 37) % 96);

describe.each(['fused', 'graph'] as const)('Engine on a small random model, %s', (executor) => {
  let target: Awaited<ReturnType<typeof randomModel>>;
  /** The first layers of the target: guesses that are often right. It has fewer slots than the target. */
  let draft: LanguageModel;
  beforeAll(async () => {
    target = await randomModel('llama', { executor, layers: 3, exitLayers: [1, 2], slots: SEQUENCES + 1 });
    draft = await randomModel('llama', { executor, layers: 2, slots: 1 });
  });
  afterAll(() => {
    target.close();
    draft.close();
  });

  function drafterOf(kind: 'model' | 'early-exit' | 'lookup'): Drafter {
    if (kind === 'model') return draftModel({ model: draft });
    return kind === 'lookup' ? promptLookup({ minimumMatch: 1 }) : earlyExit({ model: target, layers: 2 });
  }

  it('gives every request what it gets alone, whichever drafters share the forwards', async () => {
    const errors: unknown[] = [];
    let [accepted, reused] = [0, 0];
    await fc.assert(
      fc.asyncProperty(
        fc.array(requests, { minLength: 2, maxLength: 6 }),
        fc.constantFrom(64, 100, 256),
        async (cases, kvTokens) => {
          const engine = new Engine({
            model: target,
            verifier: exactMatch(),
            sequences: SEQUENCES,
            kvTokens,
            prefillTokens: 8,
            onDrafterError: (error) => void errors.push(error),
          });
          const prompts = cases.map(({ prompt, shared }) => [...sharedText.slice(0, shared), ...prompt]);
          const answers = await Promise.all(
            cases.map(({ maximumTokens, drafter: kind, depth, width }, index) => {
              const drafter = drafterOf(kind);
              return readAnswer(
                engine.submit({
                  prompt: Int32Array.from(prompts[index] ?? []),
                  sampler: createSampler(),
                  maximumTokens,
                  drafters: [drafter],
                  controller: fixed({ drafter: drafter.name, depth, width, nodes: depth * width }),
                }),
              );
            }),
          );
          const { totals } = engine.statistics();
          reused += totals.reusedPromptTokens;
          accepted += totals.acceptedTokens;
          await engine.close();
          for (const [index, prompt] of prompts.entries()) {
            const alone = await plainTokens(target, prompt, cases[index]?.maximumTokens ?? 0);
            const tokens = answers[index]?.tokens ?? [];
            // Fused operators know no ties: what else is computed changes no bit.
            if (executor === 'fused') expect(tokens).toEqual(alone);
            else expect(await sameOrTie(target, prompt, alone, tokens)).toBe(true);
          }
        },
      ),
      { numRuns: 40 },
    );
    expect(accepted).toBeGreaterThan(100);
    expect(reused).toBeGreaterThan(20);
    // More sequences than the draft model has slots: the drafter fails, and no request.
    expect(errors.length).toBeGreaterThan(0);
    for (const error of errors) expect(error).toMatchObject({ code: 'kv-capacity' });
    const all = Array.from({ length: SEQUENCES + 1 }, () => target.openSequence());
    for (const sequence of all) sequence.close();
  });
});
