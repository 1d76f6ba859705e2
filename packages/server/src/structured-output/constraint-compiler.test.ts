import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { STRING_FORMATS } from './grammar/string-formats.js';
import { ConstraintCompiler, type ConstraintSession } from './index.js';
import { randomSchema, seededRandom } from './testing/random-schema.js';
import { randomAnswer } from './testing/random-walk.js';
import { END, smallTokenizer } from './testing/small-tokenizer.js';

const tokenizer = smallTokenizer();
const { vocabularySize, endTokens } = tokenizer;
const leadOut = [...'"}]'].map((character) => character.charCodeAt(0));
const ajv = new Ajv2020({ strict: false });
for (const [name, pattern] of STRING_FORMATS) ajv.addFormat(name, new RegExp(pattern));

let compiler: ConstraintCompiler;
beforeAll(async () => {
  compiler = await ConstraintCompiler.create({ tokenizer, vocabularySize, endTokens });
});
afterAll(() => compiler.close());

const start = async (schema: unknown): Promise<ConstraintSession> =>
  (await compiler.compile({ kind: 'json-schema', schema: JSON.stringify(schema) })).start();

async function answer(schema: unknown, random: () => number): Promise<string | undefined> {
  const session = await start(schema);
  try {
    const tokens = await randomAnswer(session, { random, vocabularySize, end: END, limit: 2_000, leadOut });
    return tokens && tokenizer.decode(tokens);
  } finally {
    session.close();
  }
}

describe('ConstraintCompiler', () => {
  it('lets nothing through that does not parse and validate', async () => {
    let ended = 0;
    for (let seed = 0; seed < 60; seed++) {
      const random = seededRandom(seed);
      const schema = randomSchema(random);
      for (let run = 0; run < 3; run++) {
        const text = await answer(schema, random);
        if (text === undefined) continue;
        ended++;
        const valid = ajv.validate(schema, JSON.parse(text));
        expect(valid, `seed ${seed}: ${text} is not ${JSON.stringify(schema)}: ${ajv.errorsText()}`).toBe(true);
      }
    }
    expect(ended).toBeGreaterThan(150);
  });
});
