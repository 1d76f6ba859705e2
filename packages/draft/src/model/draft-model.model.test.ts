import { fixed } from '@foretoken/adaptive';
import { loadModel } from '@foretoken/backend';
import { createSampler } from '@foretoken/core';
import { draftModel } from '@foretoken/draft';
import { exactMatch } from '@foretoken/verifier';
import { describe, expect, it } from 'vitest';
import { referencePrompts } from '../../../backend/src/models/testing/reference.js';
import { OneAtATime } from '../../../core/src/engine/testing/one-at-a-time.js';

describe('draftModel on the real model', () => {
  it('has every guess accepted when it drafts for itself', async () => {
    const loaded = await loadModel('smollm2-135m-instruct', {
      device: 'cpu',
      contextLength: 1024,
      slots: 2,
      arithmetic: 'exact',
    });
    try {
      const { model, tokenizer } = loaded;
      const decoder = new OneAtATime({
        model,
        drafters: [draftModel({ model, targetVocabularySize: model.vocabularySize })],
        verifier: exactMatch(),
        controller: () => fixed({ drafter: 'model', depth: 4 }),
        onDrafterError: (error) => {
          throw error;
        },
      });
      for (const { promptTokens, greedy } of referencePrompts().slice(0, 3)) {
        const tokens: number[] = [];
        let [drafted, accepted] = [0, 0];
        const request = { prompt: Int32Array.from(promptTokens), sampler: createSampler(), maximumTokens: 48 };
        for await (const event of decoder.generate({ ...request, endTokens: tokenizer.endTokens })) {
          if (event.kind === 'round') tokens.push(...event.round.tokens);
          else ({ draftedTokens: drafted, acceptedTokens: accepted } = event.statistics);
        }
        expect(tokens).toEqual(greedy);
        expect(drafted).toBeGreaterThan(0);
        expect(accepted).toBe(drafted);
      }
    } finally {
      loaded.close();
    }
  });
});
