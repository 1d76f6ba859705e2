import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConstraintCompiler, type ConstraintSession } from './index.js';
import { smallTokenizer } from './testing/small-tokenizer.js';

const tokenizer = smallTokenizer();
const { vocabularySize } = tokenizer;

let compiler: ConstraintCompiler;
beforeAll(() => {
  compiler = new ConstraintCompiler({ tokenizer, vocabularySize });
});
afterAll(() => compiler.close());

const compile = (schema: unknown): Promise<ConstraintSession> =>
  compiler.start({ kind: 'json-schema', schema: JSON.stringify(schema) });

describe('ConstraintCompiler', () => {
  it.each<[string, string, unknown]>([
    ['', 'not JSON', '{'],
    ['/properties/a/type', 'unknown', { properties: { a: { type: 'int' } } }],
    ['/properties/a', 'contains is not supported', { properties: { a: { type: 'array', contains: {} } } }],
    ['/items', 'not is not supported', { items: { not: {} } }],
    ['/$ref', 'leads nowhere', { $ref: '#/$defs/a' }],
    ['/$ref', 'same schema', { $ref: 'https://example.org/schema' }],
    [
      '#/$defs/a',
      'back to itself',
      { $ref: '#/$defs/a', $defs: { a: { anyOf: [{ $ref: '#/$defs/a' }, { type: 'null' }] } } },
    ],
    [
      '',
      'without end',
      {
        $ref: '#/$defs/a',
        $defs: { a: { type: 'object', properties: { a: { $ref: '#/$defs/a' } }, required: ['a'] } },
      },
    ],
    [
      '/oneOf',
      'more than one alternative',
      {
        oneOf: [
          { type: 'object', properties: { a: {} } },
          { type: 'object', properties: { b: {} } },
        ],
      },
    ],
    ['/pattern', 'Lookahead', { type: 'string', pattern: '(?=a)' }],
    ['', 'at least 3 and at most 2', { type: 'string', minLength: 3, maxLength: 2 }],
    ['', 'no number between', { type: 'integer', minimum: 3, maximum: 2 }],
    ['', 'positions', { type: 'string', pattern: '^(([a-z]{0,90}){0,90}){0,90}$' }],
    ['/enum', 'must be a list', { enum: 'a' }],
    ['', 'required and forbidden', { required: ['a'], additionalProperties: false }],
    ['', 'false', false],
    ['', 'must be an object or a boolean', 7],
    ['', 'more than 4096 values', { enum: Array.from({ length: 5_000 }, (_, i) => i) }],
    ['', 'at most 262144', { description: 'x'.repeat(300_000) }],
  ])('refuses a schema and says where and why: %s %s', async (path, why, schema) => {
    const text = typeof schema === 'string' ? schema : JSON.stringify(schema);
    const refused = compiler.start({ kind: 'json-schema', schema: text });
    await expect(refused).rejects.toMatchObject({ code: 'invalid-constraint', path });
    await expect(refused).rejects.toThrow(why);
  });

  it.each([
    ['No finite text', 'root ::= root'],
    ['No finite text', 'root ::= "a" root'],
    ['No finite text', 'root ::= a # a comment\na ::= (b "x")+\nb ::= [a-z]+ a | a'],
    ['No finite text', 'root ::= "a" []'],
    ['No finite text', 'root ::= [^\\u0000-\\U0010ffff]'],
    ['the empty text', 'root ::= ""'],
    ['the empty text', 'root ::= ("" | a)*\na ::= [x]{0}'],
    ['root rule', ''],
    ['root rule', 'foo ::= "root ::= 1"'],
    ['not defined', 'root ::= x'],
    ['larger than upper', 'root ::= [z-a]'],
    ['beyond ASCII', 'root ::= [^é]'],
    ['beyond ASCII', 'root ::= [\\u0100-\\u9fff]'],
    ['beyond ASCII', 'root ::= TagDispatch(("[\\"", rule))\nrule ::= [^ß]'],
  ])('refuses a grammar (%s): %s', async (why, grammar) => {
    const refused = compiler.start({ kind: 'grammar', grammar });
    await expect(refused).rejects.toMatchObject({ code: 'invalid-constraint' });
    await expect(refused).rejects.toThrow(why);
  });

  it('refuses a schema that is nested too deep, and one that branches without bounds', async () => {
    let deep: object = {};
    for (let i = 0; i < 70; i++) deep = { type: 'array', items: deep };
    await expect(compile(deep)).rejects.toThrow('nested deeper');
    const $defs = Object.fromEntries(
      Array.from({ length: 30 }, (_, i) => [
        `a${i}`,
        {
          allOf: [
            {
              anyOf: [
                { $ref: `#/$defs/a${i + 1}`, title: 'x', minLength: 1 },
                { $ref: `#/$defs/a${i + 1}`, minLength: 2 },
              ],
            },
          ],
        },
      ]),
    );
    await expect(compile({ $ref: '#/$defs/a0', $defs: { ...$defs, a30: { type: 'string' } } })).rejects.toMatchObject({
      code: 'invalid-constraint',
    });
  });
});
