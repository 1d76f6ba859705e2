import { fixed } from '@foretoken/adaptive';
import { createSampler, type IncrementalDetokenizer, type TokenId, type Verifier } from '@foretoken/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OneAtATime } from '../engine/testing/one-at-a-time.js';
import { noisyDrafter } from './testing/drafters.js';
import { TokenListModel } from './testing/token-list-model.js';

const prompt = Int32Array.of(1, 2, 3);

/** Accepts a path at random and chooses any token after it: more than any rule would ever do. */
function arbitraryVerifier(choices: readonly number[]): Verifier {
  let drawn = 0;
  const draw = (below: number): number => (choices[drawn++ % choices.length] ?? 0) % below;
  return {
    name: 'arbitrary',
    lossless: false,
    verify: ({ tree, sampler, stopsAfter }) => {
      const path: number[] = [];
      const tokens: TokenId[] = [];
      const emit = (token: TokenId): boolean => {
        sampler.accept(token);
        tokens.push(token);
        return stopsAfter?.(token) === true;
      };
      for (;;) {
        const children = [...(tree?.parents.entries() ?? [])].filter(([, parent]) => parent === (path.at(-1) ?? -1));
        const [node] = children[draw(children.length + 1)] ?? [];
        if (node === undefined) break;
        path.push(node);
        if (emit((tree?.tokens[node] ?? -1) as TokenId)) return { path, tokens };
      }
      emit(draw(10) as TokenId);
      return { path, tokens };
    },
  };
}

/** Text of tokens in pieces of three letters: some of it is always held back. */
function inThrees(): IncrementalDetokenizer {
  let held = '';
  const release = (): string => {
    const text = held;
    held = '';
    return text;
  };
  return {
    push: (token) => {
      held += token;
      return held.length < 3 ? '' : release();
    },
    finish: release,
  };
}

describe('One sequence: any tree, any verdict', () => {
  it('leaves tokens, cache, sampler and text as a fresh replay of the accepted tokens does', async () => {
    let acceptedPaths = 0;
    const noise = fc.array(fc.nat(1000), { minLength: 1, maxLength: 30 });
    const limits = fc.record({ depth: fc.integer({ min: 1, max: 5 }), width: fc.integer({ min: 1, max: 3 }) });
    await fc.assert(
      fc.asyncProperty(
        noise,
        noise,
        limits,
        fc.nat(9),
        fc.integer({ min: 1, max: 40 }),
        async (guesses, choices, { depth, width }, end, maximumTokens) => {
          const model = new TokenListModel({ vocabularySize: 10, contextLength: 64 });
          const sampling = { temperature: 0.8, frequencyPenalty: 0.7, repetitionPenalty: 1.2, seed: 5 };
          const sampler = createSampler({ ...sampling, history: prompt });
          const decoder = new OneAtATime({
            model,
            drafters: [noisyDrafter(model, ['tree', 'chain', 'tree', 'nothing'], guesses)],
            verifier: arbitraryVerifier(choices),
            controller: () => fixed({ drafter: 'noisy', depth, width, nodes: depth * width }),
          });
          const tokens: number[] = [];
          let text = '';
          for await (const event of decoder.generate({
            prompt,
            maximumTokens,
            sampler,
            endTokens: [end],
            detokenizer: inThrees(),
          })) {
            text += event.text;
            if (event.kind === 'round') tokens.push(...event.round.tokens);
            else acceptedPaths += event.statistics.acceptedPerDepth[1] ?? 0;
          }
          expect(model.lastClosed).toEqual([...prompt, ...tokens].slice(0, -1));
          expect(tokens.slice(0, -1)).not.toContain(end);
          expect(tokens.length).toBeLessThanOrEqual(maximumTokens);

          const replayed = createSampler({ ...sampling, history: prompt });
          for (const token of tokens) replayed.accept(token as TokenId);
          const logits = model.logits([...prompt, ...tokens]);
          expect(sampler.distribution(logits.slice())).toEqual(replayed.distribution(logits.slice()));
          expect(sampler.random()).toBe(replayed.random());

          const detokenizer = inThrees();
          const visible = tokens.filter((token, at) => token !== end || at < tokens.length - 1);
          expect(text).toBe(visible.map((token) => detokenizer.push(token)).join('') + detokenizer.finish());
        },
      ),
      { numRuns: 400 },
    );
    expect(acceptedPaths).toBeGreaterThan(200);
  });
});
