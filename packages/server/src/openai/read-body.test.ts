import { describe, expect, it } from 'vitest';
import { chatSchema } from './chat-schema.js';
import { completionSchema } from './completion-schema.js';
import { MAX_ANSWERS, MAX_BIASED_TOKENS, MAX_MESSAGES, MAX_STOP_LENGTH, MAX_STOPS } from './limits.js';
import { readBody } from './read-body.js';
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

  it.each(Object.entries(UNSUPPORTED_PARAMETERS))(
    'takes %s where it changes nothing, else refuses it',
    (name, { harmless }) => {
      for (const value of [...harmless, null]) expect(() => chat({ [name]: value })).not.toThrow();
      expect(() => chat({ [name]: { unlikely: 1 } })).toThrow(refused(name, 'unsupported_parameter'));
    },
  );

  it('refuses what it does not know, with its path', () => {
    expect(() => chat({ colour: 1 })).toThrow(refused('colour', 'unknown_parameter'));
    expect(() => chat({ constructor: 1 })).toThrow(refused('constructor', 'unknown_parameter'));
    expect(() => chat({ toString: 1 })).toThrow(refused('toString', 'unknown_parameter'));
    expect(() => chat({ stream: true, stream_options: { a: 1 } })).toThrow(
      refused('stream_options.a', 'unknown_parameter'),
    );
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
    expect(body).toMatchObject({ messages: [{ content: 'ab' }, { content: null, tool_calls: calls }] });
  });

  it.each(['image_url', 'input_audio', 'file'])('refuses %s parts and names them', (type) => {
    const content = [
      { type: 'text', text: 'a' },
      { type, [type]: {} },
    ];
    expect(() => chat({ messages: [{ role: 'user', content }] })).toThrow(refused('messages[0].content[1].type'));
  });
});
