import { spellBytes } from '@foretoken/core/text';
import { afterEach, expect, it } from 'vitest';
import { END, smallTokenizer } from '../testing/small-tokenizer.js';
import { GrammarThreads } from './grammar-threads.js';
import type { GrammarSource } from './protocol.js';

const tokenizer = smallTokenizer();
const vocabulary = {
  tokens: Array.from({ length: tokenizer.vocabularySize }, (_, token) =>
    tokenizer.isSpecial(token) ? '' : spellBytes(tokenizer.tokenBytes(token)),
  ),
  endTokens: [END],
};
const grammar = (length: number): GrammarSource => ({ kind: 'ebnf', text: `root ::= [a-z]{1,${length}}` });

let threads: GrammarThreads;
afterEach(() => threads.close());

it('gives a thread with too much memory nothing more, and ends it with its last session', async () => {
  // Any grammar fills a thread.
  threads = new GrammarThreads(1, () => vocabulary, 1);
  const first = threads.quietest();
  const session = first.open(await first.compile(grammar(50), 10_000));
  expect(first.memory).toBeGreaterThan(2 ** 20);
  const second = threads.quietest();
  expect(second).not.toBe(first);
  expect(first.lost).toBe(false);
  const none = new Int32Array(0);
  expect((await first.round(session, { accepted: none, tokens: none, parents: none })).maskOf).toHaveLength(1);
  first.close(session);
  await second.compile(grammar(60), 10_000);
  const third = threads.quietest();
  expect([first.lost, second.lost]).toEqual([true, true]);
  expect(threads.running).toEqual([third]);
});

it('keeps to its threads while they have room', async () => {
  threads = new GrammarThreads(1, () => vocabulary);
  const first = threads.quietest();
  first.open(await first.compile(grammar(50), 10_000));
  expect(threads.quietest()).toBe(first);
});

it('starts no thread once it is closed', async () => {
  threads = new GrammarThreads(1, () => vocabulary);
  await threads.close();
  expect(() => threads.quietest()).toThrow(expect.objectContaining({ code: 'constraint-unavailable' }));
  expect(threads.running).toEqual([]);
});
