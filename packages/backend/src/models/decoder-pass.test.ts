import { expect, it } from 'vitest';
import type { LinearOptions, Operators } from '../executors/operators.js';
import { DecoderPass } from './decoder-pass.js';
import { DecoderWeights } from './decoder-weights.js';
import { llama } from './families/llama.js';

it.each([
  { width: 576, rounded: ['3.query-key-value'] },
  { width: 1535, rounded: ['3.query-key-value'] },
  { width: 1536, rounded: [] },
])('rounds the input of query, key and value to 16 bits in a model of width $width: $rounded', ({ width, rounded }) => {
  const weights = new DecoderWeights(llama.tensors, {
    ...{ family: 'llama', vocabularySize: 7, contextLength: 9, layers: 4, width, feedForwardWidth: 3, heads: 1 },
    ...{ kvHeads: 1, headSize: 2, normEpsilon: 0, tiedEmbeddings: true, biases: [] },
    rope: { base: 1, scaling: { kind: 'none' } },
  });
  const fine: string[] = [];
  const operators: Operators<string> = {
    ...{ embedding: () => '', add: () => '', scale: () => '', norm: () => '', gate: () => '', attention: () => '' },
    linear: (_, { name }, options: LinearOptions = {}) => {
      if (options.fine && name.startsWith('3.')) fine.push(name);
      return '';
    },
    scoredRows: () => '',
  };
  llama.logits(new DecoderPass(operators, weights));
  expect(fine).toEqual(rounded);
});
