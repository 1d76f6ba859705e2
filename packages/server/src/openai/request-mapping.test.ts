import { createChatTemplate } from '@foretoken/core/text';
import { describe, expect, it } from 'vitest';
import { answerLimit, checkStreamOptions } from './answer-limit.js';
import { chatPrompt } from './chat-prompt.js';
import { chatSchema } from './chat-schema.js';
import { completionPrompts, promptTokens } from './completion-prompts.js';
import { outputConstraint } from './output-constraint.js';
import { readBody } from './read-body.js';
import { samplingSettings } from './sampling-settings.js';
import { speculationSettings } from './speculation-settings.js';
import { asker, generationsOf } from './testing/generations.js';
import { smallText } from './testing/small-text.js';

const TEMPLATE =
  '{% for m in messages %}{{ m.role }}:{{ m.content }};{% endfor %}{% if add_generation_prompt %}assistant:{% endif %}' +
  '{% if enable_thinking is false %}(quiet){% endif %}';
const read = (changes: object) => readBody(chatSchema, { messages: [{ role: 'user', content: 'x' }], ...changes });
const refused = (param: string): unknown => expect.objectContaining({ status: 400, param });

describe('samplingSettings', () => {
  const settings = (changes: object): object => samplingSettings(read(changes), 100);

  it.each([
    [{}, { temperature: 1, topP: 1 }],
    [{ top_k: 0 }, { temperature: 1, topP: 1 }],
    [{ top_k: -1 }, { temperature: 1, topP: 1 }],
    [{ top_p: 0 }, { temperature: 1, topK: 1 }],
    [
      { top_k: 5, min_p: 0.1 },
      { temperature: 1, topP: 1, topK: 5, minP: 0.1 },
    ],
    [{ repetition_penalty: 1.1 }, { temperature: 1, topP: 1, repetitionPenalty: 1.1 }],
    [
      { repeat_penalty: 1.1, repeat_last_n: 0 },
      { temperature: 1, topP: 1 },
    ],
    [
      { repeat_penalty: 1.1, repeat_last_n: 9 },
      { temperature: 1, topP: 1, repetitionPenalty: 1.1, repetitionWindow: 9 },
    ],
    [
      { presence_penalty: 1, frequency_penalty: -1, seed: 3, logit_bias: { 99: 5 } },
      { temperature: 1, topP: 1, presencePenalty: 1, frequencyPenalty: -1, seed: 3, logitBias: { 99: 5 } },
    ],
  ])('%j', (changes, expected) => {
    expect(settings(changes)).toEqual(expected);
  });

  it('refuses a token that the model lacks, and two values of one setting', () => {
    expect(() => settings({ logit_bias: { 100: 1 } })).toThrow(refused('logit_bias.100'));
    expect(() => settings({ repeat_penalty: 1.1, repetition_penalty: 1.2 })).toThrow(refused('repeat_penalty'));
  });
});

describe('speculationSettings', () => {
  it.each([
    [{}, {}],
    [{ speculation: true }, {}],
    [{ speculation: false }, { draft: 'none' }],
    [{ speculation: { depth: 4, min_confidence: 0 } }, { depth: 4, minimumConfidence: 0 }],
    [{ prediction: { type: 'content', content: 'a' } }, { prediction: 'a' }],
    [{ prediction: { type: 'content', content: '' } }, {}],
    [
      {
        prediction: {
          type: 'content',
          content: [
            { type: 'text', text: 'a' },
            { type: 'text', text: 'b' },
          ],
        },
      },
      { prediction: 'ab' },
    ],
  ])('%j', (changes, expected) => {
    expect(speculationSettings(read(changes))).toEqual(expected);
  });
});

describe('outputConstraint', () => {
  const asked = (changes: object): unknown => outputConstraint(read(changes));

  it.each([
    [{ response_format: { type: 'text' } }, undefined],
    [{ response_format: { type: 'json_object' } }, { kind: 'json-schema', schema: '{"type":"object"}' }],
    [
      { response_format: { type: 'json_schema', json_schema: { name: 'a', schema: { const: 1 } } } },
      { kind: 'json-schema', schema: '{"const":1}' },
    ],
    [{ guided_json: '{"const":1}' }, { kind: 'json-schema', schema: '{"const":1}' }],
    [{ guided_regex: 'a+' }, { kind: 'regex', pattern: 'a+' }],
    [
      { guided_choice: ['a"\\', 'ß\n'] },
      { kind: 'grammar', grammar: 'root ::= "a\\"\\\\" | "\\U000000df\\U0000000a"' },
    ],
    [{ grammar: 'root ::= "a"' }, { kind: 'grammar', grammar: 'root ::= "a"' }],
  ])('%j', (changes, constraint) => {
    expect(asked(changes)).toEqual(constraint === undefined ? undefined : expect.objectContaining({ constraint }));
  });

  it('is one', () => {
    const two = { response_format: { type: 'json_object' }, guided_regex: 'a' };
    expect(() => asked(two)).toThrow(refused('guided_regex'));
    expect(() => asked({ structured_outputs: { regex: 'a', grammar: 'root ::= "a"' } })).toThrow(
      refused('structured_outputs.grammar'),
    );
  });
});

it('takes the limit of an answer by each of its names', () => {
  expect(answerLimit({})).toBeUndefined();
  expect(answerLimit({ n_predict: -1 })).toBeUndefined();
  expect(answerLimit({ n_predict: 5 })).toBe(5);
  expect(answerLimit({ max_tokens: 4, n_predict: 5 })).toBe(4);
  expect(answerLimit({ max_tokens: 4, max_completion_tokens: 3 })).toBe(3);
  for (const name of ['max_tokens', 'max_completion_tokens', 'n_predict']) {
    expect(answerLimit({ [name]: -1 }, 16)).toBeUndefined();
    expect(read({ [name]: -1 })).toHaveProperty(name, -1);
    for (const wrong of [0, -2, 1.5]) expect(() => read({ [name]: wrong })).toThrow(refused(name));
  }
  expect(answerLimit({}, 16)).toBe(16);
});

it('refuses without a stream what only a stream can show', () => {
  expect(() => checkStreamOptions(read({ stream_options: {} }))).toThrow(refused('stream_options'));
  expect(() => checkStreamOptions(read({ foretoken: { rounds: true } }))).toThrow(refused('foretoken.rounds'));
  expect(() =>
    checkStreamOptions(read({ stream: true, stream_options: {}, foretoken: { rounds: true } })),
  ).not.toThrow();
});

describe('chatPrompt', () => {
  const messages = [
    { role: 'user', content: 'Count.' },
    { role: 'assistant', content: 'One, two,' },
  ];
  const written = async (changes: object): Promise<string> => {
    const text = { ...smallText(), chatTemplate: createChatTemplate(TEMPLATE) };
    const place = { ...asker, param: 'messages' };
    const { tokens } = await chatPrompt(read({ messages, ...changes }), generationsOf(text), place);
    return text.tokenizer.decode(tokens);
  };

  it.each<[object, string]>([
    [{}, 'user:Count.;assistant:One, two,;assistant:'],
    [{ add_generation_prompt: false }, 'user:Count.;assistant:One, two,;'],
    [{ continue_final_message: true }, 'user:Count.;assistant:One, two,'],
    [{ continue_final_message: true, add_generation_prompt: false }, 'user:Count.;assistant:One, two,'],
    [{ chat_template_kwargs: { enable_thinking: false } }, 'user:Count.;assistant:One, two,;assistant:(quiet)'],
    [{ chat_template_kwargs: { enable_thinking: true } }, 'user:Count.;assistant:One, two,;assistant:'],
    [{ chat_template_kwargs: {} }, 'user:Count.;assistant:One, two,;assistant:'],
  ])('%j', async (changes, expected) => {
    expect(await written(changes)).toBe(expected);
  });

  it('refuses to go on with a question, and variables that are the server’s own', async () => {
    const question = { messages: messages.slice(0, 1), continue_final_message: true };
    await expect(written(question)).rejects.toThrow(/assistant/);
    for (const variable of ['messages', 'tools', 'add_generation_prompt']) {
      const changes = { chat_template_kwargs: { [variable]: 1 } };
      await expect(written(changes)).rejects.toThrow(refused('chat_template_kwargs'));
    }
  });
});

it('refuses conversations, prompts and predictions that can not fit, short and long', async () => {
  const generations = generationsOf(smallText());
  const place = { ...asker, param: 'input' };
  for (const content of ['x'.repeat(4_096), 'x'.repeat(4_000_000)]) {
    const exceeded = { status: 400, code: 'context_length_exceeded', message: expect.stringContaining('4096 tokens') };
    const messages = [{ role: 'user', content }];
    const chat = chatPrompt(read({ messages }), generations, place);
    await expect(chat).rejects.toMatchObject({ ...exceeded, param: 'input' });
    const completion = promptTokens(completionPrompts(['a', content]), generations, asker);
    await expect(completion).rejects.toMatchObject({ ...exceeded, param: 'prompt[1]' });
    const parameters = read({ prediction: { type: 'content', content } });
    const plan = {
      ...{ parameters, tenant: { name: '', draftScope: '', prefixScope: '' }, prompts: [Int32Array.of(97)] },
      ...{ maximumTokens: undefined, constraint: undefined, topLogprobs: undefined },
    };
    const run = generations.run(plan, 'id', asker.signal);
    await expect(run).rejects.toMatchObject({ ...exceeded, param: 'prediction' });
  }
});

it('reads prompts of every form', async () => {
  const { tokenizer } = smallText();
  const prompts = async (prompt: Parameters<typeof completionPrompts>[0]): Promise<unknown> => {
    const given = completionPrompts(prompt);
    const tokens = await promptTokens(given, generationsOf(smallText()), asker);
    return given.map(({ param }, index) => [param, [...(tokens[index] ?? [])]]);
  };
  const hello = [...tokenizer.encode('hello')];
  expect(await prompts('hello')).toEqual([['prompt', hello]]);
  expect(await prompts([1, 2])).toEqual([['prompt', [1, 2]]]);
  expect(await prompts(['hello', '<|im_end|>'])).toEqual([
    ['prompt[0]', hello],
    ['prompt[1]', [tokenizer.tokenId('<|im_end|>')]],
  ]);
  expect(await prompts([[1], [2, 3]])).toEqual([
    ['prompt[0]', [1]],
    ['prompt[1]', [2, 3]],
  ]);
});
