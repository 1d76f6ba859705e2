import fc from 'fast-check';
import { expect, it } from 'vitest';
import { preTokenizerNamed, preTokenizerNames, splitWords } from './pre-tokenizer.js';
import { mergeSymbols } from './symbol-merging.js';

function naive(symbols: readonly string[], priorityOf: (left: string, right: string) => number | undefined): string[] {
  const list = [...symbols];
  for (;;) {
    let best: { at: number; priority: number } | undefined;
    for (let at = 0; at + 1 < list.length; at++) {
      const priority = priorityOf(list[at]!, list[at + 1]!);
      if (priority !== undefined && (!best || priority < best.priority)) best = { at, priority };
    }
    if (!best) return list;
    list.splice(best.at, 2, list[best.at]! + list[best.at + 1]!);
  }
}

it('merges as the slow twin does', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 2, maxLength: 5 });
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 40 }),
      fc.dictionary(word, fc.nat(9)),
      (symbols, priorities) => {
        const known = new Map(Object.entries(priorities));
        const priorityOf = (left: string, right: string): number | undefined => known.get(left + right);
        expect(mergeSymbols(symbols, priorityOf)).toEqual(naive(symbols, priorityOf));
      },
    ),
  );
});

it('merges long runs of few symbols as the slow twin does', () => {
  const run = fc.tuple(fc.constantFrom('a', 'b'), fc.integer({ min: 1, max: 80 }));
  fc.assert(
    fc.property(
      fc.array(run, { maxLength: 4 }),
      fc.shuffledSubarray(['aa', 'aaa', 'aaaa', 'ab', 'ba', 'abab']),
      (runs, order) => {
        const symbols = runs.flatMap(([symbol, length]) => Array.from({ length }, () => symbol));
        const priorityOf = (left: string, right: string): number | undefined => {
          const priority = order.indexOf(left + right);
          return priority < 0 ? undefined : priority;
        };
        expect(mergeSymbols(symbols, priorityOf)).toEqual(naive(symbols, priorityOf));
      },
    ),
  );
});

it('merges a run of half a million symbols, for which quadratic time would not do', () => {
  const known = new Map(['aa', 'aaaa', 'aaaaaaaa'].map((text, priority) => [text, priority]));
  const merged = mergeSymbols(Array<string>(500_000).fill('a'), (left, right) => known.get(left + right));
  expect(new Set(merged)).toEqual(new Set(['aaaaaaaa']));
  expect(merged).toHaveLength(62_500);
});

it.each(preTokenizerNames)('%s cuts text into words without losing any of it', (name) => {
  const { patterns } = preTokenizerNamed(name);
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const words = [...splitWords(text, patterns)];
      expect(words.join('')).toBe(text);
      expect(words).not.toContain('');
    }),
    { numRuns: 30 },
  );
});

it.each([
  ['gpt-2', "I'll pay 1234  now", ['I', "'ll", ' pay', ' 1234', ' ', ' now']],
  ['smollm', 'in 1234', ['in', ' ', '1', '2', '3', '4']],
  ['llama-bpe', "I'LL pay 1234\n\n now", ['I', "'LL", ' pay', ' ', '123', '4', '\n\n', ' now']],
  ['qwen2', 'x=12;\n\ty', ['x', '=', '1', '2', ';\n', '\ty']],
  ['gpt-4o', "CamelCase's 1234", ['Camel', "Case's", ' ', '123', '4']],
])('%s cuts %j', (name, text, words) => {
  expect([...splitWords(text, preTokenizerNamed(name).patterns)]).toEqual(words);
});
