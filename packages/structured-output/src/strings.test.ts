import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/src/testing/seeded-random.js';
import { STRING_FORMATS } from './grammar/string-formats.js';
import { ConstraintCompiler } from './index.js';
import { randomAnswer } from './testing/random-walk.js';
import { END, smallTokenizer } from './testing/small-tokenizer.js';

const tokenizer = smallTokenizer();
const { vocabularySize } = tokenizer;
const ajv = new Ajv2020({ strict: false });
for (const [name, pattern] of STRING_FORMATS) ajv.addFormat(name, new RegExp(pattern));

let compiler: ConstraintCompiler;
beforeAll(() => {
  compiler = new ConstraintCompiler({ tokenizer, vocabularySize, threads: 1 });
});
afterAll(() => compiler.close());

const compile = (schema: unknown) => compiler.start({ kind: 'json-schema', schema: JSON.stringify(schema) });

// As Zod 4 writes them for z.email(), z.uuid(), z.iso.date(), z.ipv4().
const ZOD_EMAIL =
  "^(?!\\.)(?!.*\\.\\.)([A-Za-z0-9_'+\\-\\.]*)[A-Za-z0-9_+-]@([A-Za-z0-9][A-Za-z0-9\\-]*\\.)+[A-Za-z]{2,}$";
const ZOD_UUID =
  '^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$';
const ZOD_DATE =
  '^(?:(?:\\d\\d[2468][048]|\\d\\d[13579][26]|\\d\\d0[48]|[02468][048]00|[13579][26]00)-02-29|\\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|(?:02)-(?:0[1-9]|1\\d|2[0-8])))$';
const ZOD_IPV4 =
  '^(?:(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9][0-9]|[0-9])\\.){3}(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9][0-9]|[0-9])$';

describe('strings that more than one keyword describes', () => {
  it.each<[string, object]>([
    ['format and pattern of an email address', { format: 'email', pattern: ZOD_EMAIL }],
    ['format, pattern and length of one', { format: 'email', pattern: ZOD_EMAIL, minLength: 5, maxLength: 40 }],
    ['format and pattern of a UUID', { format: 'uuid', pattern: ZOD_UUID }],
    ['format and pattern of a date', { format: 'date', pattern: ZOD_DATE }],
    ['format and pattern of an address', { format: 'ipv4', pattern: ZOD_IPV4 }],
    ['format and length', { format: 'email', maxLength: 100 }],
    ['format and a short length', { format: 'hostname', minLength: 3, maxLength: 9 }],
    ['pattern and length', { pattern: '^[a-z]+(-[a-z]+)*$', minLength: 4, maxLength: 12 }],
    ['pattern and least length', { pattern: '^[A-Z]', minLength: 3 }],
    ['pattern in the middle and length', { pattern: 'x\\dx', maxLength: 8 }],
    ['pattern and a length that nothing reaches', { pattern: '^[ab]*$', maxLength: 1_000_000 }],
    ['pattern that needs backslashes and length', { pattern: '^["\\\\\\n]+$', minLength: 2, maxLength: 4 }],
    ['lookaheads', { pattern: '^(?=.*\\d)(?!.*(?:00|[3-9]))[a-c0-9]{2,6}$' }],
    ['a lookahead for a length', { pattern: '^(?=.{4,6}$)(?:[a-z]+\\.)+[a-z]{2}$', maxLength: 5 }],
    ['patterns of allOf', { allOf: [{ pattern: '^[a-z]*$' }, { minLength: 2 }, { maxLength: 3 }] }],
    ['Decimal of Pydantic', { pattern: '^(?!^[-+.]*$)[+-]?0*\\d*\\.?\\d*$', maxLength: 9 }],
    ['two patterns', { allOf: [{ pattern: '^[a-c]+$' }, { pattern: 'b' }] }],
    ['the other way round', { pattern: 'b', maxLength: 6, allOf: [{ pattern: '^[a-c]+$' }] }],
    [
      'a beginning, an end and a middle',
      { maxLength: 9, allOf: [{ pattern: '^a.*' }, { pattern: '.*c$' }, { pattern: 'b' }] },
    ],
    ['patterns with lookaheads', { allOf: [{ pattern: '^(?!a)[a-c]{2,5}$' }, { pattern: '^(?=.*c)(?!.*cc).*$' }] }],
    ['patterns with alternatives', { allOf: [{ pattern: '^(?:ab|c)+$' }, { pattern: '^(?:c|a).*(?:b|c)$' }] }],
    [
      'two patterns, a format and a length',
      { format: 'email', allOf: [{ pattern: '^a' }, { pattern: 'm$' }], maxLength: 20 },
    ],
  ])('%s', async (_, keywords) => {
    const schema = { type: 'string', ...keywords };
    const leadOut = [...'"a.1'].map((character) => character.charCodeAt(0));
    for (let seed = 0; seed < 5; seed++) {
      const session = await compile(schema);
      const options = { random: seededRandom(seed), vocabularySize, end: END, limit: 2_000, leadOut };
      const text = tokenizer.decode((await randomAnswer(session, options))!);
      session.close();
      expect(ajv.validate(schema, JSON.parse(text)), `${text}: ${ajv.errorsText()}`).toBe(true);
    }
  });

  it.each<[string, string, object]>([
    ['No text', 'a pattern that is longer than allowed', { pattern: '^abc$', maxLength: 2 }],
    ['No text', 'a format that a pattern excludes', { format: 'date', pattern: '^[a-z]*$' }],
    ['No text', 'lookaheads that exclude each other', { pattern: '^(?=a)(?!a).*$' }],
    [
      'too large',
      'a pattern with lengths in it and beside it',
      { pattern: '^(([ab]{0,90}c){0,90}d)*$', maxLength: 250 },
    ],
    ['No text', 'patterns that exclude each other', { allOf: [{ pattern: '^a' }, { pattern: '^b' }] }],
    ['given twice', 'patterns of which one may be anchored', { allOf: [{ pattern: '^a|b$' }, { pattern: 'c' }] }],
    [
      'given twice',
      'more patterns than can be put into one',
      { allOf: Array.from({ length: 9_000 }, (_, i) => ({ pattern: `^[a-z]*${i}` })) },
    ],
    ['Lookahead', 'a lookahead in the middle', { pattern: '^a(?=b)b$', maxLength: 2 }],
    ['anchor', 'an anchor in one alternative of a lookahead', { pattern: '^(?!a|^b)c*$', maxLength: 2 }],
    ['Lookahead', 'a lookahead of one alternative', { pattern: '^(?!a)b|c', maxLength: 2 }],
  ])('refuses (%s) %s', async (why, _, keywords) => {
    const refused = compile({ type: 'string', ...keywords });
    await expect(refused).rejects.toMatchObject({ code: 'invalid-constraint' });
    await expect(refused).rejects.toThrow(why);
  });
});
