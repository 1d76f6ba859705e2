import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/src/testing/seeded-random.js';
import { ConstraintCompiler } from './index.js';
import { randomAnswer } from './testing/random-walk.js';
import { END, smallTokenizer } from './testing/small-tokenizer.js';

const tokenizer = smallTokenizer();
const { vocabularySize } = tokenizer;
const ajv = new Ajv2020({ strict: false });

let compiler: ConstraintCompiler;
beforeAll(() => {
  compiler = new ConstraintCompiler({ tokenizer, vocabularySize, threads: 1 });
});
afterAll(() => compiler.close());

const compile = (schema: unknown) => compiler.start({ kind: 'json-schema', schema: JSON.stringify(schema) });
const color = { $defs: { Color: { enum: ['red', 'green', 'blue'], type: 'string' } } };
const object = { type: 'object' };
const array = { type: 'array' };

describe('schemas as Pydantic and Zod write them', () => {
  it.each<[string, object]>([
    [
      'z.record(z.string(), …)',
      { ...object, propertyNames: { type: 'string' }, additionalProperties: { type: 'boolean' } },
    ],
    [
      'z.record(z.enum(…), …)',
      {
        ...object,
        propertyNames: { type: 'string', enum: ['a', 'b'] },
        additionalProperties: { type: 'integer' },
        required: ['a', 'b'],
      },
    ],
    [
      'z.record(z.string().regex(…), …)',
      {
        ...object,
        propertyNames: { type: 'string', pattern: '^k_[a-z]{1,3}$' },
        additionalProperties: { type: 'null' },
      },
    ],
    [
      'z.record(z.string().max(…), …)',
      { ...object, propertyNames: { maxLength: 3, minLength: 2 }, additionalProperties: { enum: [1, 2] } },
    ],
    [
      'z.partialRecord(z.literal(…), …)',
      { ...object, propertyNames: { const: 'only' }, additionalProperties: { enum: [1] } },
    ],
    [
      'Dict[Literal, …]',
      { ...object, propertyNames: { enum: ['x', 'y', 'z'] }, additionalProperties: { type: 'string', maxLength: 3 } },
    ],
    [
      'Dict[Color, …]',
      { ...object, ...color, propertyNames: { $ref: '#/$defs/Color' }, additionalProperties: { type: 'boolean' } },
    ],
    [
      'names beside properties',
      { ...object, properties: { ab: { type: 'null' }, abcd: { type: 'null' } }, propertyNames: { maxLength: 3 } },
    ],
    [
      'names of a pattern beside properties',
      {
        ...object,
        properties: { ab: { type: 'null' }, '1': { type: 'null' } },
        required: ['ab'],
        propertyNames: { pattern: '^[a-z]+$' },
      },
    ],
    ['no names at all', { ...object, propertyNames: false }],
    ['multipleOf 5', { type: 'integer', multipleOf: 5, minimum: 1, maximum: 99 }],
    ['multipleOf 7, below zero', { type: 'integer', multipleOf: 7, minimum: -50, exclusiveMaximum: 0 }],
    ['multipleOf 100', { type: 'integer', multipleOf: 100 }],
    ['multipleOf 0.25', { type: 'number', multipleOf: 0.25, minimum: 0, maximum: 10 }],
    ['multipleOf 0.5 without bounds', { type: 'number', multipleOf: 0.5 }],
    ['multipleOf 12, any number', { type: 'number', multipleOf: 12, minimum: 100 }],
    ['Set[Literal]', { ...array, uniqueItems: true, items: { enum: ['a', 'b', 'c', 'd'] } }],
    [
      'Set[Color] of one to two',
      { ...array, ...color, uniqueItems: true, items: { $ref: '#/$defs/Color' }, minItems: 1, maxItems: 2 },
    ],
    ['Set[bool] of two', { ...array, uniqueItems: true, items: { type: 'boolean' }, minItems: 2 }],
    [
      'set of values that come twice',
      { ...array, uniqueItems: true, items: { enum: [1, 1, 2] }, minItems: 2, maxItems: 5 },
    ],
    [
      'set of values of a type',
      { ...array, uniqueItems: true, items: { enum: [1, 'a', 'b'], type: 'string' }, minItems: 2 },
    ],
    ['set of one of the values', { ...array, uniqueItems: true, items: { enum: ['a', 'b'], const: 'b' }, minItems: 1 }],
    ['set of one string', { ...array, uniqueItems: true, items: { type: 'string', maxLength: 4 }, maxItems: 1 }],
    ['uniqueItems: false', { ...array, uniqueItems: false, items: { type: 'null' }, maxItems: 3 }],
  ])('%s', async (_, schema) => {
    const leadOut = [...'"}]'].map((character) => character.charCodeAt(0));
    for (let seed = 0; seed < 10; seed++) {
      const session = await compile(schema);
      const options = { random: seededRandom(seed), vocabularySize, end: END, limit: 2_000, leadOut };
      const text = tokenizer.decode((await randomAnswer(session, options))!);
      session.close();
      expect(ajv.validate(schema, JSON.parse(text)), `${text}: ${ajv.errorsText()}`).toBe(true);
    }
  });

  it.each<[string, object]>([
    ["can't be checked", { ...array, uniqueItems: true, items: { type: 'string', pattern: '^(?!a)[a-z]+$' } }],
    ['no 3 different items', { ...array, uniqueItems: true, items: { type: 'boolean' }, minItems: 3 }],
    ['No text', { type: 'integer', multipleOf: 7, minimum: 1, maximum: 6 }],
    ['multipleOf must be positive', { type: 'integer', multipleOf: 0 }],
    ['at most 1000 steps', { type: 'number', multipleOf: 1.2345 }],
    [
      'required and forbidden',
      { ...object, properties: { abc: {} }, required: ['abc'], propertyNames: { maxLength: 2 } },
    ],
    [
      'anyOf of propertyNames',
      { ...object, properties: { a: {} }, propertyNames: { anyOf: [{ minLength: 1 }, { pattern: 'a' }] } },
    ],
    ['must have one', { ...object, propertyNames: { enum: [] }, minProperties: 1 }],
  ])('refuses (%s) %j', async (why, schema) => {
    const refused = compile(schema);
    await expect(refused).rejects.toMatchObject({ code: 'invalid-constraint' });
    await expect(refused).rejects.toThrow(why);
  });
});
