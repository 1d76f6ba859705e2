import type { Tokenizer } from '@foretoken/core/text';
import { expect, it } from 'vitest';
import { chatLogprobs, completionLogprobs } from './logprobs.js';
import { statistics } from './testing/scripted-engine.js';
import { smallText } from './testing/small-text.js';
import { timingsOf, usageOf } from './usage.js';

const answer = (prompt: number, changes: Parameters<typeof statistics>[0], reusedPromptTokens = 0) => ({
  prompt,
  statistics: statistics({ ...changes, reusedPromptTokens }),
});

it('counts a prompt once and every answer', () => {
  const prediction = { rounds: 1, draftedTokens: 5, acceptedTokens: 3 };
  const answers = [
    answer(0, { promptTokens: 10, generatedTokens: 4, byDrafter: { prediction, cascade: prediction } }, 6),
    answer(0, { promptTokens: 10, generatedTokens: 5 }, 10),
    answer(1, { promptTokens: 2, generatedTokens: 1 }),
  ];
  expect(usageOf(answers)).toEqual({
    prompt_tokens: 12,
    completion_tokens: 10,
    total_tokens: 22,
    prompt_tokens_details: { cached_tokens: 6, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: 0,
      audio_tokens: 0,
      accepted_prediction_tokens: 3,
      rejected_prediction_tokens: 2,
    },
  });
});

it('gives the timings of llama-server, and no infinity', () => {
  const milliseconds = { prefill: 20, draft: 1, forward: 1, verify: 1, standard: 0, decode: 50 };
  const one = answer(0, { promptTokens: 10, generatedTokens: 5, draftedTokens: 8, acceptedTokens: 3, milliseconds }, 6);
  expect(timingsOf([one])).toEqual({
    prompt_n: 4,
    cache_n: 6,
    prompt_ms: 20,
    prompt_per_token_ms: 5,
    prompt_per_second: 200,
    predicted_n: 5,
    predicted_ms: 50,
    predicted_per_token_ms: 10,
    predicted_per_second: 100,
    draft_n: 8,
    draft_n_accepted: 3,
    standard_rounds: {},
  });
  const { standard_rounds: reasons, ...numbers } = timingsOf([]);
  expect(reasons).toEqual({});
  expect(Object.values(numbers).every(Number.isFinite)).toBe(true);
});

it('gives bytes of tokens that are parts of characters, and no infinity', () => {
  const { tokenizer } = smallText();
  const [first, second] = tokenizer.encode('ß');
  const chosen = [first!, second!].map((token) => ({
    token,
    text: '',
    logprobs: { logprob: Number.NEGATIVE_INFINITY, top: { tokens: [token], logprobs: [-0.5] } },
  }));
  const { content } = chatLogprobs(chosen, tokenizer);
  expect(Buffer.from(content.flatMap(({ bytes }) => bytes)).toString()).toBe('ß');
  expect(content.map(({ logprob }) => logprob)).toEqual([-9999, -9999]);
  expect(content[0]!.top_logprobs).toEqual([{ token: '\ufffd', logprob: -0.5, bytes: [0xc3] }]);
});

it('is safe from tokens that are called like properties of objects', () => {
  const texts = ['__proto__', 'constructor', 'toString'];
  const tokenizer = { tokenText: (token: number) => texts[token]! } as unknown as Tokenizer;
  const chosen = texts.map((text, token) => ({
    token,
    text,
    logprobs: { logprob: -1, top: { tokens: [0, 1], logprobs: [-0.1, -0.2] } },
  }));
  const { top_logprobs: top, text_offset: offsets } = completionLogprobs(chosen, tokenizer, {
    offset: 2,
    likeliest: 2,
  });
  expect(JSON.stringify(top![2])).toBe('{"__proto__":-0.1,"constructor":-0.2,"toString":-1}');
  expect(({} as { readonly constructor: unknown }).constructor).toBe(Object);
  expect(offsets).toEqual([2, 11, 22]);
});
