import { createServer, type RunningServer } from '@foretoken/server';
import OpenAI from 'openai';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { testConfiguration } from '../testing/configuration.js';
import { failing, ScriptedEngine, scriptOf } from '../testing/scripted-engine.js';
import { collect } from '../testing/served-model.js';
import { smallText } from '../testing/small-text.js';

const engine = new ScriptedEngine({ contextLength: 4_096 });
let server: RunningServer | undefined;
let client: OpenAI;
beforeEach(async () => {
  engine.requests.length = 0;
  engine.script = scriptOf(['Hel', 'lo']);
  if (server !== undefined) return;
  server = await createServer(testConfiguration({ model: 'scripted' }), {
    engine,
    text: smallText(),
  });
  await server.ready;
  client = new OpenAI({ apiKey: 'none', baseURL: `${server.url}/v1`, maxRetries: 0 });
});
afterAll(() => server?.close({ deadline: 0 }));

const tool = {
  type: 'function' as const,
  name: 'roll',
  description: 'Rolls a die',
  strict: true,
  parameters: {
    type: 'object',
    properties: { sides: { type: 'integer' } },
    required: ['sides'],
    additionalProperties: false,
  },
};
const call = ['<tool_call>\n{"name": "roll", "argu', 'ments": {"sides"', ': 6}}\n</tool_call>'];
const types = (events: readonly { readonly type: string }[]): string[] => events.map(({ type }) => type);
const prompt = (): string => smallText().tokenizer.decode(engine.requests.at(-1)!.prompt);

describe('POST /v1/responses', () => {
  it('answers a text', async () => {
    const response = await client.responses.create({ model: 'scripted', input: 'Hi', instructions: 'Be kind.' });
    expect(response).toMatchObject({
      id: expect.stringMatching(/^resp_/),
      object: 'response',
      status: 'completed',
      model: 'scripted',
      output_text: 'Hello',
      output: [
        {
          id: expect.stringMatching(/^msg_/),
          type: 'message',
          role: 'assistant',
          status: 'completed',
          content: [{ type: 'output_text', text: 'Hello', annotations: [], logprobs: [] }],
        },
      ],
      usage: { input_tokens: 3, output_tokens: 2, total_tokens: 5, input_tokens_details: { cached_tokens: 0 } },
      error: null,
      incomplete_details: null,
      store: false,
      previous_response_id: null,
      instructions: 'Be kind.',
    });
    expect(prompt()).toContain('Be kind.');
  });

  it('streams events in the order of the API', async () => {
    const events = await collect(await client.responses.create({ input: 'Hi', stream: true, model: 'scripted' }));
    expect(types(events)).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.completed',
    ]);
    expect(events.map((event) => event.sequence_number)).toEqual([...events.keys()]);
    expect(events[2]).toMatchObject({ output_index: 0, item: { type: 'message', status: 'in_progress', content: [] } });
    expect(events.at(-1)).toMatchObject({ response: { status: 'completed', usage: { output_tokens: 2 } } });
    const raw = await fetch(`${server!.url}/v1/responses`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ input: 'Hi', stream: true }),
    });
    const text = await raw.text();
    expect(text).toMatch(/^event: response\.created\ndata: \{"type":"response\.created"/);
    expect(text).not.toContain('[DONE]');
  });

  it('streams text before calls, and calls, as items of their own', async () => {
    engine.script = scriptOf(['Let me see. ', ...call, `\n${call[0]}`, ...call.slice(1)]);
    const input = { model: 'scripted', input: 'Roll.', tools: [tool] };
    const events = await collect(await client.responses.create({ ...input, stream: true }));
    const ofCall = [
      'response.output_item.added',
      expect.stringMatching(/delta$/),
      expect.stringMatching(/delta$/),
      'response.function_call_arguments.done',
      'response.output_item.done',
    ];
    expect(types(events)).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      ...ofCall,
      ...ofCall,
      'response.completed',
    ]);
    const final = await client.responses.stream(input).finalResponse();
    const [message, ...calls] = final.output;
    expect(message).toMatchObject({ type: 'message', content: [{ text: 'Let me see.' }] });
    for (const item of calls) {
      expect(item).toMatchObject({
        type: 'function_call',
        status: 'completed',
        name: 'roll',
        arguments: '{"sides": 6}',
      });
      expect(item).toHaveProperty('call_id', expect.stringMatching(/^call_/));
    }
    expect(calls).toHaveLength(2);
    const whole = await client.responses.create(input);
    expect(whole.output).toMatchObject([{ type: 'message' }, { name: 'roll' }, { name: 'roll' }]);
  });

  it('says that an answer was cut off', async () => {
    engine.script = scriptOf(['Hel'], 'length');
    const body = { model: 'scripted', input: 'Hi', max_output_tokens: 1 };
    expect(await client.responses.create(body)).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
      output: [{ status: 'incomplete' }],
    });
    expect(engine.requests.at(-1)).toMatchObject({ maximumTokens: 1 });
    const events = await collect(await client.responses.create({ ...body, stream: true }));
    expect(events.at(-1)).toMatchObject({ type: 'response.incomplete', response: { status: 'incomplete' } });
  });

  it('gives an empty answer as an empty message', async () => {
    engine.script = scriptOf([]);
    expect(await client.responses.create({ model: 'scripted', input: 'Hi' })).toMatchObject({
      output: [{ type: 'message', content: [{ text: '' }] }],
    });
  });

  it('tells of an error in the middle of a stream', async () => {
    engine.script = failing(['a']);
    const stream = await client.responses.create({ model: 'scripted', input: 'Hi', stream: true });
    await expect(collect(stream)).rejects.toMatchObject({ code: 'engine_closed' });
  });

  it('reads items: messages, calls and what they gave', async () => {
    await client.responses.create({
      model: 'scripted',
      instructions: 'Be kind.',
      input: [
        { role: 'developer', content: 'Be short.' },
        {
          type: 'message',
          role: 'user',
          content: [
            { type: 'input_text', text: 'Roll ' },
            { type: 'input_text', text: 'it.' },
          ],
        },
        { type: 'reasoning', id: 'rs_1', summary: [] },
        {
          id: 'msg_1',
          type: 'message',
          role: 'assistant',
          status: 'completed',
          content: [{ type: 'output_text', text: 'Rolling.', annotations: [], logprobs: [] }],
        },
        {
          id: 'fc_1',
          type: 'function_call',
          call_id: 'call_1',
          name: 'roll',
          arguments: '{"sides": 6}',
          status: 'completed',
        },
        { type: 'function_call_output', call_id: 'call_1', output: [{ type: 'input_text', text: '4' }] },
        { role: 'user', content: 'Again.' },
      ],
      tools: [tool],
    });
    const text = prompt();
    const pieces = ['Be kind.', 'Be short.', 'Roll it.', 'Rolling.', '"sides": 6', '4', 'Again.'];
    const places = pieces.map((piece) => text.indexOf(piece));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(Math.min(...places)).toBeGreaterThanOrEqual(0);
  });

  const sent = async (input: string, more: string): Promise<void> => {
    const response = await fetch(`${server!.url}/v1/responses`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: `{"model": "scripted", "input": ${input}${more}}`,
    });
    expect(response.status, await response.text()).toBe(200);
  };

  it.each([
    '{"n": 12345678901234567890}',
    '{"price": 1.0, "tiny": 1e-9}',
    '{"b": 1, "10": 2, "9": {"z": 0.50, "1": []}}',
  ])('keeps digits and the order of keys of arguments: %s', async (args) => {
    const call = { type: 'function_call', call_id: 'c', name: 'f', arguments: args };
    await sent(JSON.stringify([call, { type: 'function_call_output', call_id: 'c', output: 'y' }]), '');
    expect(prompt()).toContain(`"arguments": ${args}}`);
  });

  it.each(['{"enum":[12345678901234567890,1.0]}', '{"const":-9007199254740993}', '{"properties":{"b":{},"2":{}}}'])(
    'keeps them in schemas: %s',
    async (schema) => {
      await sent('"x"', `, "text": {"format": {"type": "json_schema", "name": "a", "schema": ${schema}}}`);
      expect(engine.requests.at(-1)!.constraint).toEqual({ kind: 'json-schema', schema });
      const parameters = `{"type":"object","properties":{"x":${schema}}}`;
      await sent('"x"', `, "tools": [{"type": "function", "name": "f", "parameters": ${parameters}}]`);
      expect(prompt()).toContain(parameters);
    },
  );

  it('holds answers to a form and to tools', async () => {
    const format = { type: 'json_schema' as const, name: 'die', schema: tool.parameters, strict: true };
    await client.responses.create({ model: 'scripted', input: 'Roll.', text: { format } });
    expect(engine.requests.at(-1)!.constraint).toEqual({
      kind: 'json-schema',
      schema: JSON.stringify(tool.parameters),
    });
    await client.responses.create({
      model: 'scripted',
      input: 'Roll.',
      tools: [tool],
      tool_choice: { type: 'function', name: 'roll' },
    });
    expect(engine.requests.at(-1)!.constraint).toMatchObject({ kind: 'structural-tag' });
    await client.responses.create({
      model: 'scripted',
      input: 'Roll.',
      tools: [tool, { ...tool, name: 'other' }],
      tool_choice: { type: 'allowed_tools', mode: 'required', tools: [{ type: 'function', name: 'roll' }] },
    });
    expect(JSON.stringify(engine.requests.at(-1)!.constraint)).toContain('roll');
    expect(JSON.stringify(engine.requests.at(-1)!.constraint)).not.toContain('other');
    await client.responses.create({ model: 'scripted', input: 'Roll.', tools: [tool], tool_choice: 'none' });
    expect(engine.requests.at(-1)!.constraint).toBeUndefined();
  });

  it.each<[string, object, string]>([
    ['a schema', { type: 'json_schema', name: 'die', schema: { enum: ['one', 'six'] } }, '"enum":["one","six"]'],
    ['any object', { type: 'json_object' }, '"json_schema":{"type":"object"}'],
    ['text', { type: 'text' }, '"triggered_tags"'],
  ])('takes tools together with a form: %s', async (_, format, expected) => {
    const body = { model: 'scripted', input: 'Roll.', tools: [tool], text: { format } };
    await client.responses.create(body as OpenAI.Responses.ResponseCreateParamsNonStreaming);
    const either = engine.requests.at(-1)!.constraint;
    expect(either).toMatchObject({ kind: 'structural-tag', tag: expect.stringContaining('roll') });
    expect(either).toMatchObject({ tag: expect.stringContaining(expected) });
    const must = { ...body, tool_choice: 'required' };
    await client.responses.create(must as OpenAI.Responses.ResponseCreateParamsNonStreaming);
    const calls = engine.requests.at(-1)!.constraint;
    expect(calls).toMatchObject({ kind: 'structural-tag', tag: expect.stringContaining('roll') });
    expect(calls).not.toMatchObject({ tag: expect.stringContaining(expected) });
  });

  it.each<[string, readonly string[], readonly object[]]>([
    ['in the name of a call', ['Rolling. <tool_call>\n{"na'], [{ content: [{ text: 'Rolling.' }] }]],
    ['in its arguments', ['<tool_call>\n{"name": "roll", "argu', 'ments": {"sides": 6'], [{ content: [{ text: '' }] }]],
    ['in a second call', [...call, '\n<tool_call>\n{"name": "roll", "arg'], [{ arguments: '{"sides": 6}' }]],
    ['behind a call', call, [{ arguments: '{"sides": 6}' }]],
  ])('leaves out half a call where a stop string ends the answer %s', async (_, texts, output) => {
    engine.script = scriptOf(texts);
    const body = { model: 'scripted', input: 'Roll.', tools: [tool], stop: ['x'] };
    const response = await client.responses.create(body);
    expect(response).toMatchObject({ status: 'completed', output });
    expect(response.output).toHaveLength(output.length);
    const events = await collect(await client.responses.create({ ...body, stream: true }));
    expect(events.at(-1)).toMatchObject({ type: 'response.completed', response: { output } });
    const deltas = events.flatMap((event) =>
      event.type === 'response.function_call_arguments.delta' ? [event.delta] : [],
    );
    expect(deltas.join('')).toBe(output.flatMap((item) => ('arguments' in item ? [item.arguments] : [])).join(''));
  });

  it('takes what can not change an answer', async () => {
    const response = await client.responses.create({
      model: 'scripted',
      input: [{ role: 'user', content: 'Hi' }],
      store: false,
      background: false,
      truncation: 'disabled',
      reasoning: { effort: 'low', summary: 'auto' },
      text: { verbosity: 'low' },
      include: ['reasoning.encrypted_content'],
      metadata: { a: 'b' },
      service_tier: 'auto',
      parallel_tool_calls: true,
      previous_response_id: null,
      user: 'me',
      prompt_cache_key: 'a',
    });
    expect(response).toMatchObject({ output_text: 'Hello', metadata: { a: 'b' }, text: { verbosity: 'low' } });
  });

  it.each<[object, string, RegExp]>([
    [{ previous_response_id: 'resp_1' }, 'previous_response_id', /not stored/],
    [{ store: true }, 'store', /Set 'store' to false/],
    [{ conversation: 'conv_1' }, 'conversation', /not stored/],
    [{ background: true }, 'background', /while its request is open/],
    [{ prompt: { id: 'pmpt_1' } }, 'prompt', /not stored/],
    [{ truncation: 'auto' }, 'truncation', /never shortened/],
    [{ tools: [{ type: 'web_search' }] }, 'tools[0].type', /only tools of the type "function"/],
    [{ tools: [{ type: 'file_search', vector_store_ids: [] }] }, 'tools[0].type', /function/],
    [{ tools: [tool, { type: 'code_interpreter', container: 'x' }] }, 'tools[1].type', /function/],
    [{ tools: [tool], tool_choice: { type: 'function', name: 'other' } }, 'tool_choice', /not among the tools/],
    [
      {
        tools: [tool],
        tool_choice: { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'other' }] },
      },
      'tool_choice',
      /not among the tools/,
    ],
    [{ tools: [tool, tool] }, 'tools[1].name', /two functions/],
    [{ tools: [{ ...tool, name: 'a b' }] }, 'tools[0].name', /must/],
    [
      { tools: [tool, { ...tool, name: 'f', strict: true, parameters: { type: 'object', not: {} } }] },
      'tools[1].parameters',
      /not is not supported/,
    ],
    [{ input: [{ type: 'item_reference', id: 'msg_1' }] }, 'input[0].type', /store to false/],
    [
      { input: [{ role: 'user', content: [{ type: 'input_image', image_url: 'x' }] }] },
      'input[0].content[0].type',
      /reads text/,
    ],
    [{ input: [{ role: 'robot', content: 'x' }] }, 'input[0].role', /role/],
    [{ input: undefined }, 'input', /Missing/],
    [{ input: [] }, 'input', /input/],
    [{ text: { format: { type: 'yaml' } } }, 'text.format.type', /json_schema/],
    [{ max_output_tokens: 0 }, 'max_output_tokens', /max_output_tokens/],
    [{ max_tokens: 5 }, 'max_tokens', /Unknown parameter/],
    [{ colour: 'red' }, 'colour', /Unknown parameter/],
  ])('refuses %j', async (changes, param, message) => {
    const body = { model: 'scripted', input: 'Hi', ...changes } as OpenAI.Responses.ResponseCreateParamsNonStreaming;
    const refusal = client.responses.create(body);
    await expect(refusal).rejects.toMatchObject({ status: 400, param, message: expect.stringMatching(message) });
  });
});
