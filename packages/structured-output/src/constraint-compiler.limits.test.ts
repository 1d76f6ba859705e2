import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/src/testing/seeded-random.js';
import { ConstraintCompiler } from './index.js';
import { MAX_CONSTRAINT_NESTING, MAX_ENUM_VALUES } from './limits.js';
import type { OutputConstraint } from './output-constraint.js';
import { randomAnswer } from './testing/random-walk.js';
import { END, smallTokenizer } from './testing/small-tokenizer.js';

const tokenizer = smallTokenizer();
const { vocabularySize } = tokenizer;
let compiler: ConstraintCompiler;
beforeAll(() => {
  compiler = new ConstraintCompiler({ tokenizer, vocabularySize, threads: 1 });
});
afterAll(() => compiler.close());

async function answer(constraint: OutputConstraint, seed: number): Promise<string> {
  const session = await compiler.start(constraint);
  const leadOut = [...'"}]'].map((character) => character.charCodeAt(0));
  const options = { random: seededRandom(seed), vocabularySize, end: END, limit: 3_000, leadOut };
  const tokens = await randomAnswer(session, options);
  session.close();
  if (tokens === undefined) throw new Error('The answer did not end.');
  return tokenizer.decode(tokens);
}

describe('grammars with characters beyond ASCII', () => {
  it.each<[string, RegExp]>([
    ['root ::= [а-я]{3}', /^[а-я]{3}$/u],
    ['root ::= [aé]+ "."', /^[aé]+\.$/u],
    ['root ::= "[" [\\u4e00-\\u4e09] "]" # [^é]', /^\[[一-三三-\u4e09]\]$/u],
    ['root ::= [\\U0001f600-\\U0001f64f]{2} | "\\"[ä-ü]"', /^(?:[\u{1f600}-\u{1f64f}]{2}|"\[ä-ü\])$/u],
    ['root ::= [-à-ö\\]]+ ";"', /^[-à-ö\]]+;$/u],
  ])('%s', async (grammar, form) => {
    for (let seed = 0; seed < 8; seed++) expect(await answer({ kind: 'grammar', grammar }, seed)).toMatch(form);
  });
});

describe('schemas at the limits that are documented', () => {
  const schemaAnswer = async (schema: unknown): Promise<unknown> =>
    JSON.parse(await answer({ kind: 'json-schema', schema: JSON.stringify(schema) }, 1));

  it.each([
    ['short', (i: number) => `value_${i}`],
    ['long', (i: number) => `some/longer/value of a kind, number ${i * 7919}`],
    ['random', (i: number) => seededRandom(i)().toString(36).repeat(3)],
  ])('lists 4,096 %s values', async (_, value) => {
    const values = Array.from({ length: MAX_ENUM_VALUES }, (_, i) => value(i));
    expect(values).toContain(await schemaAnswer({ enum: values }));
  });

  type Nest = (inner: object) => object;
  it.each<[string, Nest]>([
    ['lists', (items) => ({ type: 'array', items })],
    ['required properties', (a) => ({ type: 'object', properties: { a }, required: ['a'] })],
    ['optional properties', (a) => ({ type: 'object', properties: { a, b: { type: 'boolean' } } })],
    ['what may be null', (a) => ({ anyOf: [{ type: 'object', properties: { a } }, { type: 'null' }] })],
    ['maps', (additionalProperties) => ({ type: 'object', additionalProperties })],
  ])('nests 64 levels of %s', async (_, nest) => {
    let schema: object = { type: 'integer', minimum: 0, maximum: 9 };
    for (let i = 0; i < MAX_CONSTRAINT_NESTING; i++) schema = nest(schema);
    expect(await schemaAnswer(schema)).toBeDefined();
  });

  it('nests 64 levels of references', async () => {
    const levels = Array.from({ length: MAX_CONSTRAINT_NESTING }, (_, i) => [
      `level${i}`,
      { type: 'object', properties: { next: { $ref: `#/$defs/level${i + 1}` } }, required: ['next'] },
    ]);
    const $defs = { ...Object.fromEntries(levels), [`level${MAX_CONSTRAINT_NESTING}`]: { const: 'end' } };
    expect(JSON.stringify(await schemaAnswer({ $ref: '#/$defs/level0', $defs }))).toContain('"end"');
  });
});
