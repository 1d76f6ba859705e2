import { loadModelText, type ModelText } from '@foretoken/backend';
import { encodeConversation } from '@foretoken/core/text';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { seededRandom } from '../../../core/src/testing/seeded-random.js';
import { STRING_FORMATS } from '../../../structured-output/src/grammar/string-formats.js';
import { randomSchema } from '../../../structured-output/src/testing/random-schema.js';
import { createLocalTextEngine, type LocalTextEngine } from './index.js';
import { engineSettings } from './testing/requests.js';
import type { TextRequest } from './text-engine.js';

const SCHEMAS = 50;

let text: ModelText;
let engine: LocalTextEngine;
const ajv = new Ajv2020({ strict: false });
for (const [name, pattern] of STRING_FORMATS) ajv.addFormat(name, new RegExp(pattern));

beforeAll(async () => {
  text = await loadModelText('smollm2-135m-instruct');
  engine = await createLocalTextEngine(engineSettings({ contextLength: 2048, sequences: 1, maxQueue: 4 }));
});
afterAll(() => engine.close());

function request(seed: number, schema: object, draft: 'auto' | 'none'): TextRequest {
  const { tokenizer, chatTemplate } = text;
  if (chatTemplate === undefined) throw new Error('The model has no chat template.');
  const content = `Invent an example and answer with JSON only. It must match this schema: ${JSON.stringify(schema)}`;
  return {
    id: `schema-${seed}-${draft}`,
    prompt: encodeConversation([{ role: 'user', content }], { tokenizer, chatTemplate }),
    maximumTokens: 1000,
    sampling: {},
    constraint: { kind: 'json-schema', schema: JSON.stringify(schema) },
    speculation: { draft },
  };
}

async function answer(asked: TextRequest) {
  let written = '';
  for await (const event of engine.submit(asked)) {
    if (event.kind !== 'started') written += event.text;
    if (event.kind === 'finish') return { written, reason: event.reason, statistics: event.statistics };
  }
  throw new Error('The answer has no end.');
}

it(`answers ${SCHEMAS} generated schemas with JSON that validates, guessing, as it does without guesses`, async () => {
  const sums = { tokens: 0, rounds: 0, drafted: 0, accepted: 0, guessing: 0, standard: 0 };
  for (let seed = 1; seed <= SCHEMAS; seed++) {
    const schema = randomSchema(seededRandom(seed));
    const guessed = await answer(request(seed, schema, 'auto'));
    expect(guessed.reason, `schema ${seed} ended by ${guessed.reason}: ${guessed.written}`).toBe('stop');
    const valid = ajv.validate(schema, JSON.parse(guessed.written));
    expect(valid, `schema ${seed}: ${ajv.errorsText()}: ${guessed.written} for ${JSON.stringify(schema)}`).toBe(true);
    const plain = await answer(request(seed, schema, 'none'));
    expect(guessed.written).toBe(plain.written);
    const { statistics } = guessed;
    sums.tokens += statistics.generatedTokens;
    sums.rounds += statistics.rounds;
    sums.drafted += statistics.draftedTokens;
    sums.accepted += statistics.acceptedTokens;
    sums.guessing += statistics.milliseconds.decode;
    sums.standard += plain.statistics.milliseconds.decode;
  }
  const { tokens, rounds, drafted, accepted } = sums;
  console.log(
    `${SCHEMAS} schemas, ${tokens} tokens, ${rounds} rounds (${(tokens / rounds).toFixed(2)} tokens a round): ` +
      `${accepted} of ${drafted} guesses accepted (${((100 * accepted) / drafted).toFixed(1)} %), ` +
      `${(sums.standard / sums.guessing).toFixed(2)}x as fast as without (${(sums.standard / tokens).toFixed(1)} ms a token).`,
  );
  expect(accepted).toBeGreaterThan(0);
}, 1_800_000);
