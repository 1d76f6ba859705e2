import type OpenAI from 'openai';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { collect, MODEL, type ServedModel, serveModel } from './testing/served-model.js';

let served: ServedModel;
let client: OpenAI;
beforeAll(async () => {
  served = await serveModel();
  client = served.client;
});
afterAll(() => served?.server.close());

const france = { model: MODEL, prompt: 'The capital of France is', temperature: 0, max_tokens: 5 };

const textOf = (chunks: readonly OpenAI.Completion[], index = 0): string =>
  chunks
    .flatMap(({ choices }) => choices.filter((choice) => choice.index === index))
    .map(({ text }) => text)
    .join('');

async function ask(path: string, body: unknown): Promise<unknown> {
  const response = await fetch(`${served.server.url}/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(response.status).toBe(200);
  return response.json();
}

it('goes on after a prompt', async () => {
  const completion = await client.completions.create(france);
  expect(completion).toMatchObject({
    id: expect.stringMatching(/^cmpl-[0-9a-f]{32}$/),
    object: 'text_completion',
    model: MODEL,
    choices: [{ index: 0, finish_reason: 'length', logprobs: null }],
    usage: { prompt_tokens: 5, completion_tokens: 5, total_tokens: 10 },
  });
  expect(completion.choices[0]!.text).toMatch(/^ Paris/);
});

it('answers in 16 tokens where no limit is named', async () => {
  const completion = await client.completions.create({ model: MODEL, prompt: france.prompt, temperature: 0 });
  expect(completion.usage!.completion_tokens).toBe(16);
});

it('streams the same text, with usage where asked', async () => {
  const whole = await client.completions.create(france);
  const chunks = await collect(
    await client.completions.create({ ...france, stream: true, stream_options: { include_usage: true } }),
  );
  expect(textOf(chunks)).toBe(whole.choices[0]!.text);
  expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 5 } });
  expect(chunks.at(-2)!.choices[0]!.finish_reason).toBe('length');
});

it('takes several prompts, as texts and as tokens, and n answers to each', async () => {
  const texts = ['The capital of France is', 'One, two, three,'];
  const tokens = [];
  for (const content of texts) {
    tokens.push(((await ask('tokenize', { content })) as { readonly tokens: number[] }).tokens);
  }
  const byText = await client.completions.create({ ...france, prompt: texts });
  const byTokens = await client.completions.create({ ...france, prompt: tokens });
  const single = await client.completions.create({ ...france, prompt: tokens[1]! });
  expect(byTokens.choices.map(({ text }) => text)).toEqual(byText.choices.map(({ text }) => text));
  expect(single.choices[0]!.text).toBe(byText.choices[1]!.text);
  const several = await client.completions.create({ ...france, prompt: texts, n: 2 });
  const [a, b] = byText.choices.map(({ text }) => text);
  expect(several.choices.map(({ text }) => text)).toEqual([a, a, b, b]);
  expect(several.usage!.prompt_tokens).toBe(byText.usage!.prompt_tokens);
  const chunks = await collect(await client.completions.create({ ...france, prompt: texts, n: 2, stream: true }));
  expect([0, 1, 2, 3].map((index) => textOf(chunks, index))).toEqual([a, a, b, b]);
});

it('gives logprobs as arrays of one length', async () => {
  const completion = await client.completions.create({ ...france, logprobs: 2 });
  const [{ text, logprobs }] = completion.choices as [OpenAI.CompletionChoice];
  const { tokens, token_logprobs: values, top_logprobs: top, text_offset: offsets } = logprobs!;
  expect(tokens!.join('')).toBe(text);
  expect(offsets).toEqual(tokens!.map((_, index) => tokens!.slice(0, index).join('').length));
  expect(values!.every((value) => value <= 0)).toBe(true);
  for (const [index, likeliest] of top!.entries()) {
    expect(Object.keys(likeliest).length).toBe(2);
    expect(Math.max(...Object.values(likeliest))).toBeCloseTo(values![index]!, 5);
  }
  const none = await client.completions.create({ ...france, logprobs: 0 });
  expect(none.choices[0]!.logprobs).toMatchObject({ tokens, top_logprobs: null });
  const chunks = await collect(await client.completions.create({ ...france, logprobs: 2, stream: true }));
  const streamed = chunks.flatMap(({ choices }) => choices.flatMap((choice) => choice.logprobs?.text_offset ?? []));
  expect(streamed).toEqual(offsets);
});

it('recognises special tokens in a prompt, so that a written conversation can be completed', async () => {
  const messages = [{ role: 'user', content: 'What is the capital of France?' }];
  const { prompt } = (await ask('apply-template', { messages })) as { readonly prompt: string };
  expect(prompt).toMatch(/<\|im_start\|>assistant\n$/);
  const completion = await client.completions.create({ ...france, prompt, max_tokens: 24 });
  const chat = await client.chat.completions.create({
    model: MODEL,
    messages: [{ role: 'user', content: 'What is the capital of France?' }],
    temperature: 0,
    max_tokens: 24,
  });
  expect(completion.choices[0]!.text).toBe(chat.choices[0]!.message.content);
  expect(completion.usage!.prompt_tokens).toBe(chat.usage!.prompt_tokens);
});

it('turns text into tokens and back', async () => {
  const content = 'Größe 😀 <|im_end|>';
  const { tokens, count } = (await ask('tokenize', { content })) as {
    readonly tokens: number[];
    readonly count: number;
  };
  expect(tokens).toHaveLength(count);
  expect(await ask('detokenize', { tokens })).toMatchObject({ content });
  const pieces = (await ask('tokenize', { prompt: content, with_pieces: true })) as {
    readonly tokens: readonly { readonly id: number; readonly piece: string | number[] }[];
  };
  expect(pieces.tokens.map(({ id }) => id)).toEqual(tokens);
  const bytes = pieces.tokens.map(({ piece }) => (typeof piece === 'string' ? Buffer.from(piece) : Buffer.from(piece)));
  expect(Buffer.concat(bytes).toString()).toBe(content);
});

it('tells its properties and describes itself', async () => {
  const properties = await (await fetch(`${served.server.url}/props`)).json();
  expect(properties).toMatchObject({
    default_generation_settings: { n_ctx: 8192 },
    total_slots: 8,
    model_alias: MODEL,
    chat_template: expect.stringContaining('im_start'),
    eos_token: '<|im_end|>',
  });
  const { paths } = (await (await fetch(`${served.server.url}/docs/openapi.json`)).json()) as {
    readonly paths: object;
  };
  expect(Object.keys(paths)).toContain('/v1/chat/completions');
  const page = await (await fetch(`${served.server.url}/docs`)).text();
  expect(page).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
  const script = await fetch(`${served.server.url}/docs/swagger-ui-bundle.js`);
  expect(script.status).toBe(200);
  expect(script.headers.get('content-type')).toContain('javascript');
});
