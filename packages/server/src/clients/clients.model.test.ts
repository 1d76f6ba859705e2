import { Ajv } from 'ajv';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MODEL, type ServedModel, serveModel } from '../openai/testing/served-model.js';
import { installClients } from './testing/install-clients.js';
import { runProgram, type Told } from './testing/run-program.js';

let unreachable: string | undefined;
let served: ServedModel | undefined;
let run: (program: string) => ReturnType<typeof runProgram>;
beforeAll(async () => {
  const clients = await installClients();
  if (clients.kind === 'unreachable') {
    unreachable = clients.reason;
    console.warn(unreachable);
    return;
  }
  served = await serveModel();
  const { url } = served.server;
  run = (program) => runProgram(program, { clients, url, model: MODEL });
});
afterAll(() => served?.server.close());

const BOTH_WAYS = ['chat', 'responses'].flatMap((endpoint) =>
  ['tools', 'tools, streamed', 'form', 'form, streamed'].map((scenario) => `${endpoint} ${scenario}`),
);

const ajv = new Ajv();
const fitsTool = ajv.compile({
  type: 'object',
  properties: { city: { type: 'string', maxLength: 20 } },
  required: ['city'],
});
const fitsForm = ajv.compile({
  type: 'object',
  properties: { name: { type: 'string', maxLength: 20 }, age: { type: 'integer' }, mood: { enum: ['happy', 'sad'] } },
  required: ['name', 'age', 'mood'],
  additionalProperties: false,
});

/** What makes an outcome none that the scenario promises: nothing, if it holds. */
function faultOf(scenario: string, told: Told): string | undefined {
  if (told.kind === 'failed') return told.error;
  if (scenario.includes('tools')) {
    const { calls = [] } = told;
    const good = calls.length > 0 && calls.every((call) => call.name === 'get_weather' && fitsTool(call.arguments));
    if (!good) return `calls: ${JSON.stringify(calls)}`;
    if ((told.answer ?? '') === '') return 'no answer after the call';
  }
  if (scenario.includes('form')) {
    const { forms = [] } = told;
    if (forms.length !== 2 || !forms.every((form) => fitsForm(form))) return `forms: ${JSON.stringify(forms)}`;
  }
  return undefined;
}

beforeEach(({ skip }) => {
  if (unreachable !== undefined) skip(unreachable);
});

describe('clients as their registries have them, two turns each', () => {
  it.each<[string, readonly string[], Readonly<Record<string, RegExp>>?]>([
    [
      'openai.mjs',
      [
        'chat tools',
        'chat tools, run by the client, streamed',
        'chat form',
        'chat form, streamed, or tools',
        'responses tools',
        'responses form, streamed',
      ],
    ],
    ['ai-sdk.mjs', BOTH_WAYS, { 'responses, stored': /nothing is stored/ }],
    [
      'langchain.mjs',
      [
        'chat tools',
        'chat tools, streamed',
        'chat form',
        'chat form, as a call',
        'responses tools',
        'responses tools, streamed',
        'responses form',
      ],
    ],
    ['agents.mjs', BOTH_WAYS],
    [
      'openai_client.py',
      ['chat tools', 'chat form', 'chat form, streamed', 'responses tools', 'responses form, streamed'],
    ],
    [
      'litellm_client.py',
      ['chat tools', 'chat tools, streamed', 'chat form', 'chat form, streamed', 'responses tools', 'responses form'],
    ],
  ])('%s', async (program, scenarios, refused = {}) => {
    const told = await run(program);
    expect(Object.keys(told)).toEqual([...scenarios, ...Object.keys(refused)]);
    for (const scenario of scenarios) expect.soft(faultOf(scenario, told[scenario]!), scenario).toBeUndefined();
    for (const [scenario, reason] of Object.entries(refused)) {
      expect.soft(told[scenario]).toMatchObject({ kind: 'failed', error: expect.stringMatching(reason) });
    }
  });
});
