import { Ajv } from 'ajv';
import type OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collect, MODEL, type ServedModel, serveModel } from './testing/served-model.js';

let served: ServedModel;
let client: OpenAI;
beforeAll(async () => {
  served = await serveModel();
  client = served.client;
});
afterAll(() => served?.server.close());

const chat = { model: MODEL, temperature: 0, max_tokens: 120 };
const about = (content: string): { messages: OpenAI.ChatCompletionMessageParam[] } => ({
  messages: [{ role: 'user', content }],
});

const person = {
  type: 'object',
  properties: {
    name: { type: 'string', maxLength: 20 },
    age: { type: 'integer' },
    mood: { enum: ['happy', 'sad'] },
  },
  required: ['name', 'age', 'mood'],
  additionalProperties: false,
};

describe('response_format', () => {
  it('json_schema: every answer parses and fits, sampled too, streamed too', async () => {
    const fits = new Ajv().compile(person);
    const response_format = {
      type: 'json_schema' as const,
      json_schema: { name: 'person', strict: true, schema: person },
    };
    const body = { ...chat, ...about('Describe a person as JSON.'), response_format, n: 3, temperature: 1, seed: 1 };
    const { choices } = await client.chat.completions.create(body);
    for (const { message, finish_reason: reason } of choices) {
      expect(reason).toBe('stop');
      expect(fits(JSON.parse(message.content!)), message.content!).toBe(true);
    }
    const stream = client.chat.completions.stream({ ...body, n: 1 });
    const { choices: streamed } = await stream.finalChatCompletion();
    expect(streamed[0]!.message.content).toBe(choices[0]!.message.content);
  });

  it('json_object: an object', async () => {
    const body = { ...chat, ...about('Give a short JSON object.'), response_format: { type: 'json_object' as const } };
    const { choices } = await client.chat.completions.create(body);
    const [choice] = choices;
    if (choice!.finish_reason === 'stop') expect(typeof JSON.parse(choice!.message.content!)).toBe('object');
    expect(choice!.message.content).toMatch(/^\s*\{/);
  });

  it('text: anything', async () => {
    const body = { ...chat, ...about('Say hello.'), response_format: { type: 'text' as const }, max_tokens: 8 };
    expect((await client.chat.completions.create(body)).choices[0]!.message.content).not.toBe('');
  });

  it.each([
    [{ guided_regex: '[0-9]{3}-[0-9]{2}' }, /^\d{3}-\d{2}$/],
    [{ guided_choice: ['ja', 'nein "doch"', 'größer'] }, /^(ja|nein "doch"|größer)$/],
    [{ grammar: 'root ::= "yes" | "no"' }, /^(yes|no)$/],
    [{ json_schema: { enum: [1, 2] } }, /^[12]$/],
    [{ guided_json: { type: 'boolean' } }, /^(true|false)$/],
    [{ structured_outputs: { choice: ['a', 'b'] } }, /^[ab]$/],
    [{ structured_outputs: { json: '{"const": 7}' } }, /^7$/],
  ])('%j by the names of vLLM and llama-server', async (constraint, form) => {
    const body = { ...chat, ...about('Answer.'), ...constraint } as OpenAI.ChatCompletionCreateParamsNonStreaming;
    expect((await client.chat.completions.create(body)).choices[0]!.message.content).toMatch(form);
    const completion = { model: MODEL, prompt: 'Answer: ', max_tokens: 40, ...constraint };
    expect((await client.completions.create(completion)).choices[0]!.text).toMatch(form);
  });

  it('a schema that can not be promised is refused, naming the parameter', async () => {
    const schema = { type: 'object', properties: { a: { type: 'nonsense' } } };
    const response_format = { type: 'json_schema' as const, json_schema: { name: 'x', strict: true, schema } };
    for (const stream of [false, true]) {
      const refused = client.chat.completions.create({ ...chat, ...about('x'), response_format, stream });
      await expect(refused).rejects.toMatchObject({
        status: 400,
        param: 'response_format',
        code: 'invalid_constraint',
      });
    }
  });

  it('an answer that repeats items which no grammar can tell apart ends with an error, streamed too', async () => {
    const set = { type: 'array', items: { type: 'null' }, uniqueItems: true, minItems: 2, maxItems: 2 };
    const schema = { type: 'object', properties: { a: set }, required: ['a'] };
    const body = {
      ...chat,
      ...about('x'),
      response_format: { type: 'json_schema' as const, json_schema: { name: 'x', schema } },
    };
    const error = {
      code: 'repeated_items',
      param: 'response_format',
      message: expect.stringContaining('At /properties/a: The answer has the item null more than once'),
    };
    await expect(client.chat.completions.create(body)).rejects.toMatchObject({ status: 422, ...error });
    const stream = await client.chat.completions.create({ ...body, stream: true });
    await expect(collect(stream)).rejects.toMatchObject(error);
    const text = { format: { type: 'json_schema' as const, name: 'x', schema } };
    const response = { model: MODEL, input: 'x', text };
    await expect(client.responses.create(response)).rejects.toMatchObject({ status: 422, param: 'text.format' });
    const events = await client.responses.create({ ...response, stream: true });
    await expect(collect(events)).rejects.toMatchObject({ code: 'repeated_items' });
  });
});

const weather: OpenAI.ChatCompletionTool = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'Weather of a city',
    parameters: {
      type: 'object',
      properties: { city: { type: 'string', maxLength: 30 }, unit: { enum: ['celsius', 'fahrenheit'] } },
      required: ['city', 'unit'],
      additionalProperties: false,
    },
  },
};
const time: OpenAI.ChatCompletionTool = {
  type: 'function',
  function: { name: 'get_time', description: 'Time of a city', parameters: { type: 'object', properties: {} } },
};

describe('tools', () => {
  const asking = { ...chat, ...about('What is the weather in Paris?'), tools: [weather, time] };
  const fits = new Ajv().compile(weather.function.parameters!);

  it('calls the function that was named, with arguments that fit', async () => {
    const { choices } = await client.chat.completions.create({
      ...asking,
      tool_choice: { type: 'function', function: { name: 'get_weather' } },
    });
    const { message, finish_reason: reason } = choices[0]!;
    expect(reason).toBe('tool_calls');
    expect(message.content).toBeNull();
    expect(message.tool_calls).toMatchObject([
      { id: expect.stringMatching(/^call_/), type: 'function', function: { name: 'get_weather' } },
    ]);
    const [call] = message.tool_calls!;
    expect(call!.type === 'function' && fits(JSON.parse(call!.function.arguments))).toBe(true);
  });

  it.each(['": "', ['nowhere', '"unit'], 'city'])(
    'ends without half a call at the stop string %j in it',
    async (stop) => {
      const body = { ...asking, tool_choice: 'required' as const, stop };
      const { choices } = await client.chat.completions.create(body);
      expect(choices).toMatchObject([{ finish_reason: 'stop', message: { content: '' } }]);
      expect(choices[0]!.message.tool_calls).toBeUndefined();
      const chunks = await collect(await client.chat.completions.create({ ...body, stream: true }));
      const streamed = chunks.flatMap((chunk) => chunk.choices);
      expect(streamed.filter(({ delta }) => delta.tool_calls !== undefined)).toEqual([]);
      expect(streamed.at(-1)!.finish_reason).toBe('stop');
    },
  );

  it('calls something when it must, and streams calls in pieces that add up', async () => {
    const body = { ...asking, tool_choice: 'required' as const, parallel_tool_calls: false };
    const whole = await client.chat.completions.create(body);
    const expected = whole.choices[0]!.message.tool_calls!;
    expect(expected).toHaveLength(1);
    const final = await client.chat.completions.stream(body).finalChatCompletion();
    expect(final.choices[0]!.finish_reason).toBe('tool_calls');
    const streamed = final.choices[0]!.message.tool_calls!;
    const functions = (calls: readonly OpenAI.ChatCompletionMessageToolCall[]): unknown[] =>
      calls.map((call) => call.type === 'function' && { name: call.function.name, arguments: call.function.arguments });
    expect(functions(streamed)).toEqual(functions(expected));
  });

  it('goes on with what a call gave', async () => {
    const first = await client.chat.completions.create({
      ...asking,
      tool_choice: 'required',
      parallel_tool_calls: false,
    });
    const { message } = first.choices[0]!;
    const { choices } = await client.chat.completions.create({
      ...asking,
      messages: [
        ...asking.messages,
        message,
        { role: 'tool', tool_call_id: message.tool_calls![0]!.id, content: '21 degrees and sunny' },
      ],
      tool_choice: 'none',
      max_tokens: 40,
    });
    expect(choices[0]!.message.tool_calls).toBeUndefined();
    expect(choices[0]!.message.content).not.toBe('');
  });

  it.each<[string, Pick<OpenAI.ChatCompletionCreateParams, 'tool_choice'>]>([
    ['auto', {}],
    ['required', { tool_choice: 'required' }],
    ['none', { tool_choice: 'none' }],
  ])('takes a form together with tools, with tool_choice %s', async (choice, changes) => {
    const fitsPerson = new Ajv().compile(person);
    const response_format = { type: 'json_schema' as const, json_schema: { name: 'person', schema: person } };
    const body = {
      ...asking,
      ...about('Describe a person as JSON.'),
      ...changes,
      response_format,
      parallel_tool_calls: false,
      n: 3,
      temperature: 1,
      seed: 5,
    };
    for (const { message, finish_reason: reason } of (await client.chat.completions.create(body)).choices) {
      const [call] = message.tool_calls ?? [];
      if (choice !== 'auto') expect(call !== undefined).toBe(choice === 'required');
      if (call === undefined) expect(fitsPerson(JSON.parse(message.content!)), message.content!).toBe(true);
      else expect({ reason, content: message.content }).toEqual({ reason: 'tool_calls', content: null });
    }
    const stream = client.chat.completions.stream({ ...body, n: 1 });
    const { message } = (await stream.finalChatCompletion()).choices[0]!;
    if (message.tool_calls === undefined) expect(fitsPerson(JSON.parse(message.content!))).toBe(true);
  });

  it('may answer in text when it may choose', async () => {
    const { choices } = await client.chat.completions.create({ ...asking, ...about('Say hello.'), max_tokens: 40 });
    expect(choices[0]!.message.content ?? choices[0]!.message.tool_calls).toBeTruthy();
  });

  it.each([
    [{ tool_choice: { type: 'function', function: { name: 'other' } } }, 'tool_choice'],
    [{ tools: [], tool_choice: 'required' }, 'tool_choice'],
    [{ tools: [weather, weather] }, 'tools[1].function.name'],
    [{ tools: [{ type: 'function', function: { name: 'a b' } }] }, 'tools[0].function.name'],
    [{ tools: [{ type: 'web_search' }] }, 'tools[0].type'],
    [
      { response_format: { type: 'json_schema', json_schema: { name: 'x', schema: { type: 'nonsense' } } } },
      'response_format',
    ],
  ])('refuses %j', async (changes, param) => {
    const body = { ...asking, ...changes } as OpenAI.ChatCompletionCreateParamsNonStreaming;
    await expect(client.chat.completions.create(body)).rejects.toMatchObject({ status: 400, param });
  });
});
