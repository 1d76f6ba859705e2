import { fixed, standard } from '@foretoken/adaptive';
import { createSampler, type GenerationRequest, InvalidDraftTreeError } from '@foretoken/core';
import { exactMatch } from '@foretoken/verifier';
import { describe, expect, it } from 'vitest';
import { OneAtATime } from '../engine/testing/one-at-a-time.js';
import { noisyDrafter } from './testing/drafters.js';
import { TokenListModel } from './testing/token-list-model.js';

const prompt = Int32Array.of(1, 2, 3);

function generate(model: TokenListModel, request: Partial<GenerationRequest>, speculate = true) {
  const decoder = new OneAtATime({
    model,
    drafters: [noisyDrafter(model, ['tree', 'nothing', 'chain'], [3, 1, 4, 1, 5, 9, 2, 6])],
    verifier: exactMatch(),
    controller: () => (speculate ? fixed({ drafter: 'noisy', depth: 4, width: 2, nodes: 8 }) : standard()),
  });
  return decoder.generate({ prompt, maximumTokens: 30, sampler: createSampler(), ...request });
}

describe('One sequence: what a request may ask beside tokens', () => {
  it('gives the logprobs of every token, accepted guesses included, as a plain softmax does', async () => {
    const model = new TokenListModel({ vocabularySize: 10, contextLength: 64 });
    const sampler = createSampler({ temperature: 1, seed: 3 });
    const history: number[] = [...prompt];
    const origins = new Set<string>();
    for await (const event of generate(model, { sampler, topLogprobs: 4 })) {
      if (event.kind === 'finish') break;
      for (const { token: own, origin, logprobs } of event.tokens) {
        const logits = [...model.logits(history)];
        const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
        const likeliest = [...logits.keys()].sort((a, b) => logits[b]! - logits[a]!).slice(0, 4);
        expect(logprobs?.top.tokens).toEqual(likeliest);
        for (const [rank, token] of likeliest.entries()) {
          expect(logprobs?.top.logprobs[rank]).toBeCloseTo(Math.log(Math.exp(logits[token]!) / total), 4);
        }
        expect(logprobs?.logprob).toBeCloseTo(Math.log(Math.exp(logits[own]!) / total), 4);
        history.push(own);
        origins.add(origin);
      }
    }
    expect(history).toHaveLength(33);
    expect(origins).toEqual(new Set(['draft', 'target']));
  });

  it('gives none unless asked, and only the token’s own for 0', async () => {
    const model = new TokenListModel({ vocabularySize: 10, contextLength: 64 });
    for await (const event of generate(model, {})) {
      if (event.kind === 'round') for (const token of event.tokens) expect(token.logprobs).toBeUndefined();
    }
    for await (const event of generate(model, { topLogprobs: 0 })) {
      if (event.kind === 'finish') break;
      for (const { logprobs } of event.tokens) expect(logprobs?.top).toEqual({ tokens: [], logprobs: [] });
    }
    for (const topLogprobs of [-1, 21, 0.5]) {
      expect(() => generate(model, { topLogprobs })).toThrow(/topLogprobs/);
    }
  });

  it('scores what prepareTree leaves of the guesses, in every round, and answers the same', async () => {
    const model = new TokenListModel({ vocabularySize: 10, contextLength: 64 });
    const plain: number[] = [];
    for await (const event of generate(model, {}, false)) if (event.kind === 'round') plain.push(...event.round.tokens);
    const [seen, scored]: [number[], number[]] = [[], []];
    const tokens: number[] = [];
    const stream = generate(model, {
      prepareTree: async (tree) => {
        seen.push(tree?.tokens.length ?? 0);
        return tree && { tokens: tree.tokens.slice(0, 2), parents: tree.parents.slice(0, 2) };
      },
    });
    for await (const event of stream) {
      if (event.kind === 'finish') break;
      tokens.push(...event.round.tokens);
      scored.push(event.round.drafted);
    }
    expect(tokens).toEqual(plain);
    expect(scored).toEqual(seen.map((nodes) => Math.min(nodes, 2)));
    expect(Math.max(...seen)).toBeGreaterThan(2);
    const more = generate(model, {
      prepareTree: async () => ({ tokens: Int32Array.of(1), parents: Int32Array.of(0) }),
    });
    await expect(more.next()).rejects.toBeInstanceOf(InvalidDraftTreeError);
    expect(model.openSequences).toBe(0);
  });
});
