import { describe, expect, it } from 'vitest';
import { chooseHubFiles } from './choose-hub-files.js';

const choose = (paths: readonly string[], wanted?: string) => chooseHubFiles('org/name', paths, wanted);
const QUANTISED = ['Q2_K', 'Q3_K_M', 'Q4_0', 'Q4_K_M', 'Q5_K_M', 'Q6_K', 'Q8_0', 'IQ4_XS', 'f16'].map(
  (name) => `model-7b-instruct-${name}.gguf`,
);

describe('a quantisation', () => {
  it.each([
    ['Q4_K_M', 'model-7b-instruct-Q4_K_M.gguf'],
    ['q4_k_m', 'model-7b-instruct-Q4_K_M.gguf'],
    ['Q8_0', 'model-7b-instruct-Q8_0.gguf'],
    ['Q4_0', 'model-7b-instruct-Q4_0.gguf'],
    ['F16', 'model-7b-instruct-f16.gguf'],
    ['fp16', 'model-7b-instruct-f16.gguf'],
  ])('%s is picked', (wanted, weights) => {
    expect(choose(QUANTISED, wanted).weights).toBe(weights);
  });

  it.each<[readonly string[], string]>([
    [QUANTISED, 'model-7b-instruct-Q4_K_M.gguf'],
    [['a.Q8_0.gguf', 'a.Q4_K_S.gguf'], 'a.Q4_K_S.gguf'],
    [['a.Q8_0.gguf', 'a.Q2_K.gguf', 'a.bf16.gguf'], 'a.Q8_0.gguf'],
    [['Q4_K_M/a-00001-of-00002.gguf', 'Q4_K_M/a-00002-of-00002.gguf', 'Q8_0/a.gguf'], 'Q4_K_M/a-00001-of-00002.gguf'],
    [['mmproj-model-f16.gguf', 'imatrix.gguf', 'model-q5_0.gguf', 'model-q8_0.gguf'], 'model-q5_0.gguf'],
    [['only.IQ2_XS.gguf'], 'only.IQ2_XS.gguf'],
  ])('without one Q4_K_M or the nearest is taken: %j', (paths, weights) => {
    expect(choose(paths).weights).toBe(weights);
  });

  it.each<[readonly string[], string | undefined, RegExp]>([
    [['a-Q2_K.gguf', 'a-IQ3_M.gguf'], undefined, /several files/],
    [['a-Q4_K_M.gguf', 'b-Q4_K_M.gguf', 'c-Q8_0.gguf'], undefined, /a-Q4_K_M\.gguf, b-Q4_K_M\.gguf/],
    [QUANTISED, 'Q5_1', /no weights quantised to Q5_1.*Q4_K_M/],
    [['model.safetensors'], 'Q4_K_M', /no weights quantised to Q4_K_M/],
    [QUANTISED, 'model-7b', /no weights "model-7b"/],
    [['README.md'], undefined, /none that can be read/],
  ])('of %j is refused for %j', (paths, wanted, message) => {
    expect(() => choose(paths, wanted)).toThrow(message);
  });
});

it('takes all parts of a split file, by any of them', () => {
  const parts = [1, 2, 3].map((part) => `q/m-Q4_K_M-0000${part}-of-00003.gguf`);
  for (const wanted of [undefined, 'Q4_K_M', ...parts]) {
    expect(choose(parts, wanted)).toEqual({ weights: parts[0], parts: parts.slice(1), companions: [] });
  }
});

it('prefers safetensors with their companions', () => {
  expect(choose(['model.safetensors', 'config.json', 'chat_template.jinja', ...QUANTISED])).toEqual({
    weights: 'model.safetensors',
    companions: ['config.json', 'chat_template.jinja'],
    parts: [],
  });
});
