import { createHash } from 'node:crypto';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testConfiguration } from './testing/configuration.js';
import { MODEL, type ServedModel, serveModel } from './testing/served-model.js';
import { UNSUPPORTED_PARAMETERS } from './unsupported-parameters.js';

const [KEY, OTHER_KEY] = ['sk-test-1', 'sk-test-2'];

let served: ServedModel;
let client: OpenAI;
beforeAll(async () => {
  const { security } = testConfiguration();
  const apiKeys = [KEY, OTHER_KEY].map((key) => ({
    name: key.slice(-1),
    sha256: createHash('sha256').update(key).digest('hex'),
  }));
  served = await serveModel(
    {
      security: { ...security, apiKeys, concurrency: 3 },
      engine: { ...testConfiguration().engine, contextLength: 256, sequences: 1, maxQueue: 2 },
    },
    KEY,
  );
  client = served.client;
});
afterAll(() => served?.server.close());

const messages = [{ role: 'user' as const, content: 'Count to one hundred.' }];
const chat = { model: MODEL, messages, temperature: 0, max_tokens: 4 };

async function failure(promise: PromiseLike<unknown>): Promise<InstanceType<typeof OpenAI.APIError>> {
  const error = await Promise.resolve(promise).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof OpenAI.APIError) return error;
  throw new Error(`expected an APIError, got ${String(error)}`);
}

/** A request with parameters that the client's types don't know. */
const create = (changes: object): Promise<unknown> =>
  Promise.resolve(
    client.chat.completions.create({ ...chat, ...changes } as OpenAI.ChatCompletionCreateParamsNonStreaming),
  );

describe('errors have the class, status, type, code and param of OpenAI', () => {
  it('AuthenticationError for a wrong key', async () => {
    const stranger = new OpenAI({ apiKey: 'sk-wrong', baseURL: `${served.server.url}/v1`, maxRetries: 0 });
    const error = await failure(stranger.chat.completions.create(chat));
    expect(error).toBeInstanceOf(OpenAI.AuthenticationError);
    expect(error).toMatchObject({ status: 401, code: 'invalid_api_key', type: 'invalid_request_error' });
    expect(JSON.stringify(error.error)).not.toContain('sk-wrong');
  });

  it('NotFoundError for another model, another path and another id', async () => {
    const error = await failure(client.chat.completions.create({ ...chat, model: 'gpt-4o' }));
    expect(error).toBeInstanceOf(OpenAI.NotFoundError);
    expect(error).toMatchObject({
      status: 404,
      code: 'model_not_found',
      param: 'model',
      type: 'invalid_request_error',
    });
    expect(await failure(client.models.retrieve('gpt-4o'))).toBeInstanceOf(OpenAI.NotFoundError);
    const path = await failure(client.embeddings.create({ model: MODEL, input: 'x' }));
    expect(path).toBeInstanceOf(OpenAI.NotFoundError);
    expect(path.message).toContain('Invalid URL (POST /v1/embeddings)');
  });

  it.each([
    [{ temperature: 3 }, 'temperature', 'invalid_value'],
    [{ temperature: 'hot' }, 'temperature', 'invalid_type'],
    [{ top_p: 1.5 }, 'top_p', 'invalid_value'],
    [{ n: 0 }, 'n', 'invalid_value'],
    [{ n: 1000 }, 'n', 'invalid_value'],
    [{ max_tokens: 0 }, 'max_tokens', 'invalid_value'],
    [{ messages: undefined }, 'messages', 'missing_required_parameter'],
    [{ messages: [] }, 'messages', 'invalid_value'],
    [{ messages: [{ role: 'user' }] }, 'messages[0].content', 'missing_required_parameter'],
    [{ messages: [{ role: 'wizard', content: 'x' }] }, 'messages[0].role', 'invalid_value'],
    [
      { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'x' } }] }] },
      'messages[0].content[0].type',
      'invalid_value',
    ],
    [{ foretoken: { colour: 1 } }, 'foretoken.colour', 'unknown_parameter'],
    [{ stop: Array(17).fill('x') }, 'stop', 'invalid_value'],
    [{ stop: [''] }, 'stop[0]', 'invalid_value'],
    [{ logit_bias: { abc: 1 } }, 'logit_bias.abc', 'invalid_key'],
    [{ logit_bias: { 99999999: 1 } }, 'logit_bias.99999999', 'invalid_value'],
    [{ top_logprobs: 2 }, 'top_logprobs', 'invalid_value'],
    [{ logprobs: true, top_logprobs: 21 }, 'top_logprobs', 'invalid_value'],
    [{ stream_options: { include_usage: true } }, 'stream_options', 'invalid_value'],
    [{ response_format: { type: 'yaml' } }, 'response_format.type', 'invalid_value'],
    [{ speculation: { draft: 'magic' } }, 'speculation.draft', 'invalid_value'],
    [{ speculation: { draft: 'model:other' } }, 'speculation.draft', 'draft_unavailable'],
    [{ speculation: { depth: 0 } }, 'speculation.depth', 'invalid_value'],
    [{ speculation: { draft: 'prediction' } }, 'prediction', 'invalid_value'],
    [{ grammar: 'root ::= "a"', guided_regex: 'a' }, 'guided_regex', 'invalid_value'],
    [{ repeat_penalty: 1.1, repetition_penalty: 1.2 }, 'repeat_penalty', 'invalid_value'],
    [{ colour: 'red' }, 'colour', 'unknown_parameter'],
  ])('BadRequestError for %j', async (changes, param, code) => {
    const error = await failure(create(changes));
    expect(error).toBeInstanceOf(OpenAI.BadRequestError);
    expect(error).toMatchObject({ status: 400, type: 'invalid_request_error', param });
    expect([code, 'invalid_value']).toContain(error.code);
    if (code !== 'draft_unavailable') expect(error.message).toContain(`'${param}'`);
  });

  it.each(Object.keys(UNSUPPORTED_PARAMETERS))('BadRequestError for the unsupported %s', async (name) => {
    const error = await failure(create({ [name]: { unlikely: true } }));
    expect(error).toBeInstanceOf(OpenAI.BadRequestError);
    expect(error).toMatchObject({ status: 400, param: name, code: 'unsupported_parameter' });
  });

  it('BadRequestError context_length_exceeded for a long conversation or prompt', async () => {
    const content = 'word '.repeat(400);
    const error = await failure(create({ messages: [{ role: 'user', content }] }));
    expect(error).toMatchObject({ status: 400, code: 'context_length_exceeded', param: 'messages' });
    expect(error.message).toContain('maximum context length is 256 tokens');
    const prompt = await failure(client.completions.create({ model: MODEL, prompt: ['x', content] }));
    expect(prompt).toMatchObject({ status: 400, code: 'context_length_exceeded', param: 'prompt[1]' });
  });

  it('BadRequestError for prompts that are none', async () => {
    for (const prompt of ['', [49152], [[1, 99999]], [1.5], { a: 1 }, []]) {
      const error = await failure(client.completions.create({ model: MODEL, prompt: prompt as string }));
      expect(error, JSON.stringify(prompt)).toBeInstanceOf(OpenAI.BadRequestError);
      expect(error.param, JSON.stringify(prompt)).toMatch(/^prompt/);
    }
  });

  it('RateLimitError for too many requests at a time, and 503 with Retry-After for a full queue', async () => {
    const leaving = new AbortController();
    const long = { ...chat, max_tokens: 200, ignore_eos: true, stream: true } as const;
    // One runs, two wait: their caller may have no more, and the engine has room for no more.
    const streams = [0, 1, 2].map(() => client.chat.completions.create(long, { signal: leaving.signal }));
    await streams[0];
    await expect.poll(() => running(), { timeout: 10_000 }).toEqual(['1', '2']);
    const limited = await failure(client.chat.completions.create(chat));
    expect(limited).toBeInstanceOf(OpenAI.RateLimitError);
    expect(limited).toMatchObject({ status: 429, code: 'concurrency_limit_exceeded' });
    const other = new OpenAI({ apiKey: OTHER_KEY, baseURL: `${served.server.url}/v1`, maxRetries: 0 });
    // Who has nothing waiting may wait with one request, however many others do.
    streams.push(other.chat.completions.create(long, { signal: leaving.signal }));
    await expect.poll(() => running(), { timeout: 10_000 }).toEqual(['1', '3']);
    for (const stream of [false, true]) {
      const full = await failure(other.chat.completions.create({ ...chat, stream }));
      expect(full).toBeInstanceOf(OpenAI.InternalServerError);
      expect(full).toMatchObject({ status: 503, code: 'queue_full', type: 'unavailable_error' });
      expect(Number(full.headers?.get('retry-after'))).toBeGreaterThan(0);
    }
    leaving.abort();
    await Promise.allSettled(streams);
    await expect.poll(() => running(), { timeout: 20_000 }).toEqual(['0', '0']);
  });
});

async function running(): Promise<readonly (string | undefined)[]> {
  const response = await fetch(`${served.server.url}/metrics`, { headers: { authorization: `Bearer ${KEY}` } });
  const text = await response.text();
  const gauge = (name: string): string | undefined => new RegExp(`^foretoken_${name}\\S* (\\d+)$`, 'm').exec(text)?.[1];
  return [gauge('num_requests_running'), gauge('num_requests_waiting')];
}
