import { describe, expect, it } from 'vitest';
import { answerLimit } from './answer-limit.js';
import { chatSchema } from './chat-schema.js';
import { completionSchema } from './completion-schema.js';
import { MAX_ANSWERS, MAX_BIASED_TOKENS, MAX_MESSAGES, MAX_STOP_LENGTH, MAX_STOPS } from './limits.js';
import { readBody } from './read-body.js';
import { responsesSchema } from './responses/responses-schema.js';
import { detokenizeSchema, tokenizeSchema } from './text-schemas.js';
import { UNSUPPORTED_PARAMETERS } from './unsupported-parameters.js';

const messages = [{ role: 'user', content: 'x' }];
const chat = (changes: object): unknown => readBody(chatSchema, { messages, ...changes });
const refused = (param: string, code = 'invalid_value'): unknown =>
  expect.objectContaining({ status: 400, param, code });

describe('readBody', () => {
  it('fills in what OpenAI takes by default', () => {
    expect(chat({})).toMatchObject({
      n: 1,
      temperature: 1,
      top_p: 1,
      stream: false,
      logprobs: false,
      ignore_eos: false,
    });
  });

  it('takes null as absent', () => {
    expect(chat({ stop: null, seed: null, temperature: null, tools: null })).toMatchObject({ temperature: 1 });
  });

  const question = { role: 'user', content: 'x' };
  const described = { name: 'f', parameters: { type: 'object' } };
  const named = { type: 'function', name: 'f' };

  it.each<[string, object, readonly string[]]>([
    [
      'what the SDK parsed',
      { messages: [question, { role: 'assistant', content: '{}', parsed: {} }] },
      ['messages[1].parsed'],
    ],
    [
      'a role inside a part',
      { messages: [{ role: 'user', content: [{ type: 'text', text: 'x', role: 'user' }] }] },
      ['messages[0].content[0].role'],
    ],
    [
      'cache hints on parts and messages',
      {
        messages: [
          { role: 'system', content: [{ type: 'text', text: 'x', cache_control: { type: 'ephemeral' } }] },
          { ...question, cache_control: {} },
        ],
      },
      ['messages[0].content[0].cache_control', 'messages[1].cache_control'],
    ],
    [
      'parsed arguments of a call',
      {
        messages: [
          question,
          {
            role: 'assistant',
            tool_calls: [{ id: 'c', function: { name: 'f', arguments: '{}', parsed_arguments: {} }, extra_content: 1 }],
          },
          { role: 'tool', tool_call_id: 'c', content: 'y', status: 'success', artifact: [] },
        ],
      },
      [
        'messages[1].tool_calls[0].extra_content',
        'messages[1].tool_calls[0].function.parsed_arguments',
        'messages[2].status',
        'messages[2].artifact',
      ],
    ],
    [
      'audio and annotations of other answers',
      { messages: [{ role: 'assistant', content: 'x', audio: { id: 'a' }, annotations: [1] }] },
      ['messages[0].audio', 'messages[0].annotations'],
    ],
    [
      'keys of tools',
      { tools: [{ type: 'function', cache_control: {}, function: { ...described, returns: {} } }] },
      ['tools[0].cache_control', 'tools[0].function.returns'],
    ],
    [
      'stream options',
      { stream: true, stream_options: { include_usage: true, continuous_usage_stats: true } },
      ['stream_options.continuous_usage_stats'],
    ],
    [
      'keys of a tool choice',
      {
        tools: [{ type: 'function', function: described }],
        tool_choice: { type: 'function', function: { name: 'f' }, disable_parallel: true },
      },
      ['tool_choice.disable_parallel'],
    ],
  ])('ignores %s and says so', (_, changes, paths) => {
    const ignored: string[] = [];
    const read = readBody(chatSchema, { messages, ...changes }, { onIgnored: (found) => ignored.push(...found) });
    expect(ignored.sort()).toEqual([...paths].sort());
    for (const path of paths) expect(read).not.toHaveProperty(path);
  });

  it.each<[string, object, readonly string[]]>([
    [
      'of items and their parts',
      {
        input: [
          { role: 'user', content: [{ type: 'input_text', text: 'x', detail: 'auto' }], agent: 'a' },
          { type: 'function_call', id: 'fc_1', call_id: 'c', name: 'f', arguments: '{}', parsed_arguments: {} },
          { type: 'function_call_output', call_id: 'c', output: 'y', namespace: 'n' },
        ],
      },
      [
        'input[0].content[0].detail',
        'input[0].agent',
        'input[1].id',
        'input[1].parsed_arguments',
        'input[2].namespace',
      ],
    ],
    [
      'of tools',
      { tools: [{ type: 'function', ...described, defer_loading: true }], tool_choice: { ...named, mode: 'auto' } },
      ['tools[0].defer_loading', 'tool_choice.mode'],
    ],
    [
      'of stream options',
      { stream: true, stream_options: { include_obfuscation: false } },
      ['stream_options.include_obfuscation'],
    ],
  ])('ignores unknown keys %s in a body for responses', (_, changes, paths) => {
    const ignored: string[] = [];
    const read = readBody(
      responsesSchema,
      { input: 'x', ...changes },
      { onIgnored: (found) => ignored.push(...found) },
    );
    expect(ignored.sort()).toEqual([...paths].sort());
    for (const path of paths) expect(read).not.toHaveProperty(path);
  });

  it('reports nothing where nothing was ignored', () => {
    readBody(chatSchema, { messages }, { onIgnored: () => expect.unreachable() });
  });

  it.each<[string, object, object]>([
    [
      'content and calls of an answer',
      { messages: [{ role: 'assistant', content: null, tool_calls: null, name: null }] },
      { messages: [{ role: 'assistant' }] },
    ],
    [
      'the description of a tool',
      { tools: [{ type: 'function', function: { name: 'f', description: null, parameters: null, strict: null } }] },
      { tools: [{ type: 'function', function: { name: 'f' } }] },
    ],
    [
      'stream options',
      { stream: true, stream_options: { include_usage: null } },
      { stream_options: { include_usage: false } },
    ],
    [
      'keys of parts',
      { messages: [{ role: 'user', content: [{ type: 'text', text: 'x', cache_control: null }] }] },
      { messages: [{ role: 'user', content: 'x' }] },
    ],
    ['speculation', { speculation: { draft: null, depth: 3 } }, { speculation: { depth: 3 } }],
    [
      'a form',
      {
        response_format: {
          type: 'json_schema',
          json_schema: { name: 'a', description: null, schema: {}, strict: null },
        },
      },
      { response_format: { type: 'json_schema', json_schema: { name: 'a', schema: {} } } },
    ],
  ])('takes null as absent in %s', (_, changes, expected) => {
    const { messages: read, ...rest } = readBody(chatSchema, { messages, ...changes });
    const { messages: wanted, ...others } = expected as { readonly messages?: unknown };
    if (wanted !== undefined) expect(read).toEqual(wanted);
    for (const [name, value] of Object.entries(others)) expect(rest).toHaveProperty(name, value);
  });

  it('leaves null in schemas, where it is a value', () => {
    const schema = { type: ['string', 'null'], const: null, enum: [null], default: null };
    const format = { type: 'json_schema', json_schema: { name: 'a', schema } };
    const read = chat({
      json_schema: schema,
      guided_json: schema,
      structured_outputs: { json: schema },
      response_format: format,
      tools: [{ type: 'function', function: { name: 'f', parameters: schema } }],
    });
    expect(read).toMatchObject({
      json_schema: schema,
      guided_json: schema,
      structured_outputs: { json: schema },
      response_format: format,
      tools: [{ function: { parameters: schema } }],
    });
  });

  it('still refuses a role that does not exist and a call in the old form', () => {
    expect(() => chat({ messages: [{ role: 'robot', content: 'x' }] })).toThrow(refused('messages[0].role'));
    const call = { name: 'f', arguments: '{}' };
    expect(() => chat({ messages: [{ role: 'assistant', function_call: call }] })).toThrow(/tool_calls/);
  });

  it.each(Object.entries(UNSUPPORTED_PARAMETERS))(
    'takes %s where it changes nothing, else refuses it',
    (name, { harmless }) => {
      for (const value of [...harmless, null]) expect(() => chat({ [name]: value })).not.toThrow();
      expect(() => chat({ [name]: { unlikely: 1 } })).toThrow(refused(name, 'unsupported_parameter'));
    },
  );

  it.each([
    ...['none', 'minimal', 'low', 'medium', 'high', 'xhigh'].map((effort) => ({ reasoning_effort: effort })),
    ...['low', 'medium', 'high'].map((verbosity) => ({ verbosity })),
    ...[true, false].map((store) => ({ store })),
    ...['auto', 'default', 'flex', 'priority'].map((tier) => ({ service_tier: tier })),
    { metadata: { a: 'b' }, user: 'me', safety_identifier: 's', prompt_cache_key: 'k', prompt_cache_retention: '24h' },
    { parallel_tool_calls: false, modalities: ['text'], cache_prompt: true },
  ])('takes %j, which changes no answer', (changes) => {
    expect(chat(changes)).toMatchObject({ messages, n: 1, temperature: 1 });
  });

  const usage = { include_usage: true };
  const everyUsage = { ...usage, continuous_usage_stats: true };
  it.each([
    [
      'GuideLLM sends as chats',
      chatSchema,
      {
        ...{ messages: [{ role: 'user', content: [{ type: 'text', text: 'x' }] }], max_completion_tokens: 24 },
        ...{ stop: null, ignore_eos: true, stream_options: everyUsage },
      },
    ],
    [
      'GuideLLM sends as prompts',
      completionSchema,
      { prompt: 'x', max_tokens: 24, stop: null, ignore_eos: true, stream_options: everyUsage },
    ],
    ['AIPerf sends as chats', chatSchema, { messages, max_completion_tokens: 24, stream_options: usage }],
    ['AIPerf sends where it counts each chunk', chatSchema, { messages, max_tokens: 24, stream_options: everyUsage }],
    ['AIPerf sends as prompts', completionSchema, { prompt: ['x'], max_tokens: 24, stream_options: usage }],
  ])('takes what %s', (_, schema, body) => {
    const read = readBody<typeof chatSchema | typeof completionSchema>(schema, { model: 'm', stream: true, ...body });
    expect(read).toMatchObject({ stream: true, ignore_eos: 'ignore_eos' in body, stream_options: usage });
    expect(answerLimit(read)).toBe(24);
  });

  it('refuses what it does not know, with its path', () => {
    expect(() => chat({ colour: 1 })).toThrow(refused('colour', 'unknown_parameter'));
    expect(() => chat({ constructor: 1 })).toThrow(refused('constructor', 'unknown_parameter'));
    expect(() => chat({ toString: 1 })).toThrow(refused('toString', 'unknown_parameter'));
    expect(() => chat({ speculation: { dept: 4 } })).toThrow(refused('speculation.dept', 'unknown_parameter'));
    const parsed = JSON.parse('{"__proto__": {"n": 5}, "messages": [{"role": "user", "content": "x"}]}') as unknown;
    expect(() => readBody(chatSchema, parsed)).toThrow(/__proto__/);
    expect(({} as { readonly n?: number }).n).toBeUndefined();
  });

  it('says what is missing', () => {
    expect(() => readBody(chatSchema, {})).toThrow(refused('messages', 'missing_required_parameter'));
    expect(() => readBody(completionSchema, {})).toThrow(refused('prompt', 'missing_required_parameter'));
    expect(() => chat({ messages: [{ role: 'tool', content: 'x' }] })).toThrow(
      refused('messages[0].tool_call_id', 'missing_required_parameter'),
    );
    expect(() => readBody(tokenizeSchema, {})).toThrow(refused('content'));
  });

  it.each([undefined, null, [], 'x', 1])('refuses %j as a body', (body) => {
    expect(() => readBody(chatSchema, body)).toThrow(refused('body', 'invalid_type'));
  });

  it('knows limits', () => {
    const many = Array.from({ length: MAX_BIASED_TOKENS + 1 }, (_, token) => [token, 1]);
    expect(() => chat({ logit_bias: Object.fromEntries(many) })).toThrow(refused('logit_bias'));
    expect(() => chat({ messages: Array(MAX_MESSAGES + 1).fill(messages[0]) })).toThrow(refused('messages'));
    expect(() => chat({ stop: Array(MAX_STOPS + 1).fill('x') })).toThrow(refused('stop'));
    expect(() => chat({ stop: 'x'.repeat(MAX_STOP_LENGTH + 1) })).toThrow(refused('stop'));
    expect(() => chat({ stop: Array(MAX_STOPS).fill('x'.repeat(MAX_STOP_LENGTH)) })).not.toThrow();
    expect(() => readBody(completionSchema, { prompt: Array(MAX_ANSWERS + 1).fill('x') })).toThrow(refused('prompt'));
    expect(() => readBody(detokenizeSchema, { tokens: [-1] })).toThrow(refused('tokens[0]'));
  });

  it('joins parts of text and takes back what it answered', () => {
    const content = [
      { type: 'text', text: 'a' },
      { type: 'text', text: 'b' },
    ];
    const calls = [{ id: 'call_1', type: 'function', function: { name: 'f', arguments: '{}' } }];
    const answer = { role: 'assistant', content: null, refusal: null, annotations: [], audio: null, tool_calls: calls };
    const body = chat({ messages: [{ role: 'user', content }, answer] });
    expect(body).toMatchObject({ messages: [{ content: 'ab' }, { role: 'assistant', tool_calls: calls }] });
  });

  it.each(['image_url', 'input_audio', 'file'])('refuses %s parts and names them', (type) => {
    const content = [
      { type: 'text', text: 'a' },
      { type, [type]: {} },
    ];
    expect(() => chat({ messages: [{ role: 'user', content }] })).toThrow(refused('messages[0].content[1].type'));
  });
});

it('refuses more parameters than there can be, before it looks at any', () => {
  const body = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`key${index}`, 1]));
  expect(() => readBody(chatSchema, body)).toThrow(/300 parameters/);
});
