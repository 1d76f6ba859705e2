import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/src/testing/seeded-random.js';
import { ConstraintCompiler, checkedAnswer } from './index.js';
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

async function start(schema: object) {
  return compiler.start({ kind: 'json-schema', schema: JSON.stringify(schema) });
}

async function checkOf(schema: object): Promise<(text: string) => void> {
  const session = await start(schema);
  session.close();
  return session.check!;
}

const array = { type: 'array', uniqueItems: true };
const short = { type: 'string', pattern: '^[ab]$' };
const tags = { type: 'object', properties: { tags: { ...array, items: { type: 'string' } } }, required: ['tags'] };

describe('uniqueItems of items that are not listed', () => {
  it.each<[string, object, boolean]>([
    ['Set[str]', { ...array, items: short, minItems: 2, maxItems: 4 }, true],
    ['z.set(z.number())', { ...array, items: { type: 'integer', minimum: 1, maximum: 3 }, minItems: 2 }, true],
    ['Set[Model]', { ...array, items: { ...tags, properties: { tags: short } }, minItems: 3, maxItems: 3 }, true],
    ['first items', { ...array, prefixItems: [short, short], minItems: 2, maxItems: 2 }, true],
    ['of a reference', { $defs: { S: { ...array, items: short } }, type: 'array', items: { $ref: '#/$defs/S' } }, true],
    ['one alternative', { anyOf: [{ ...array, items: short, minItems: 2 }, { type: 'null' }] }, true],
    [
      'none that counts',
      {
        anyOf: [
          { ...array, items: short },
          { type: 'array', items: short },
        ],
        type: 'array',
      },
      false,
    ],
  ])('%s: the check refuses the answers that repeat items, and no others', async (_, schema, refuses) => {
    let refused = 0;
    for (let seed = 0; seed < 30; seed++) {
      const session = await start(schema);
      const leadOut = [...'"}]'].map((character) => character.charCodeAt(0));
      const options = { random: seededRandom(seed), vocabularySize, end: END, limit: 2_000, leadOut };
      const text = tokenizer.decode((await randomAnswer(session, options))!);
      session.close();
      const valid = ajv.validate(schema, JSON.parse(text));
      if (valid) session.check!(text);
      else {
        expect(() => session.check!(text), text).toThrow(expect.objectContaining({ code: 'repeated-items' }));
        refused++;
      }
    }
    expect(refused > 0).toBe(refuses);
  });

  it('names the place, the value and what to do', async () => {
    const check = await checkOf(tags);
    expect(() => check('{"tags": ["a", "b", "a"]}')).toThrow(
      /^At \/properties\/tags: The answer has the item "a" more than once.*Ask again.*enum/,
    );
    const top = await checkOf({ ...array, items: { type: 'array', items: {} } });
    expect(() => top(`[["${'x'.repeat(200)}"], 1, ["${'x'.repeat(200)}"]]`)).toThrow(
      /^The answer has the item \["x{98}… more/,
    );
  });

  it('lets be what is not finished, and what is not repeated', async () => {
    const check = await checkOf(tags);
    for (const text of ['{"tags": ["a", "a"', '{"tags": ["a", "A", "a "]}', '{"tags": []}', '']) check(text);
  });

  it('is checked even where other software calls something else wrong', async () => {
    const properties = { ...tags.properties, price: { type: 'number', multipleOf: 0.01 } };
    const check = await checkOf({ ...tags, properties });
    expect(() => check('{"tags": ["a", "a"], "price": 0.07}')).toThrow(/"a" more than once/);
    check('{"tags": ["a"], "price": 0.07}');
  });

  it('has no check where the grammar holds it', async () => {
    for (const schema of [{ ...array, items: { enum: [1, 2] } }, { ...array, items: short, maxItems: 1 }, {}]) {
      const session = await start(schema);
      session.close();
      expect(session.check).toBeUndefined();
    }
  });
});

it('ends a stream of events before its last one', async () => {
  const events = async function* () {
    yield { kind: 'round', text: '{"tags": ["a", ' } as const;
    yield { kind: 'round', text: '"a"]' } as const;
    yield { kind: 'finish', text: '}' } as const;
  };
  const seen: string[] = [];
  const check = await checkOf(tags);
  await expect(async () => {
    for await (const { kind } of checkedAnswer(events(), check)) seen.push(kind);
  }).rejects.toMatchObject({ code: 'repeated-items', details: { path: '/properties/tags', value: '"a"' } });
  expect(seen).toEqual(['round', 'round']);
});
