import { describe, expect, it } from 'vitest';
import { checkCreation, checkedMessages, checkGeneration, checkPrompt } from './check-options.js';

const refused = (name: string) =>
  expect.objectContaining({ code: 'invalid-argument', message: expect.stringContaining(name) });

describe('options', () => {
  it.each<object>([{ modle: 'x' }, { kv_precision: 'float16' }, { maxTokens: 5 }, { toString: 1 }, { temperature: 0 }])(
    'of createDecoder: %j is refused by name',
    (options) => {
      expect(() => checkCreation(options)).toThrow(refused(`"${Object.keys(options)[0]}"`));
    },
  );

  it.each<object>([{ top_p: 0.5 }, { maxNewTokens: 5 }, { model: 'x' }, { constructor: 1 }, { json_schema: {} }])(
    'of a generation: %j is refused by name',
    (options) => {
      expect(() => checkGeneration(options)).toThrow(refused(`"${Object.keys(options)[0]}"`));
    },
  );

  it('are all told at once', () => {
    expect(() => checkGeneration({ temprature: 1, max_tokens: 2 } as object)).toThrow(
      refused('"temprature", "max_tokens"'),
    );
  });

  it.each([
    [checkCreation, { draft: 'lookup', drafters: [] }],
    [checkGeneration, { draft: 'lookup', drafters: [] }],
    [checkGeneration, { jsonSchema: {}, grammar: 'root ::= "a"' }],
  ] as const)('that exclude each other are refused', (check: (options: object) => void, options) => {
    expect(() => check(options)).toThrow(refused(Object.keys(options).join(' and ')));
    for (const name of Object.keys(options)) expect(() => check({ ...options, [name]: undefined })).not.toThrow();
  });
});

describe('messages', () => {
  it.each(['robot', 'User', 'function', 'model', 'human'])('of the role %j are refused', (role) => {
    const messages = [
      { role: 'user', content: 'x' },
      { role, content: 'x' },
    ];
    expect(() => checkedMessages(messages)).toThrow(refused('messages[1].role'));
  });

  it.each([[undefined], [null], [['x']], [{ text: 'x' }]])('with the content %j are refused', (content) => {
    const messages = [{ role: 'user', content: content as unknown as string }];
    expect(() => checkedMessages(messages)).toThrow(refused('messages[0].content'));
  });

  it.each([['Hello'], [{ role: 'user', content: 'x' }], [undefined]])('that are %j are refused', (messages) => {
    expect(() => checkedMessages(messages as unknown as [])).toThrow(refused('messages must be an array'));
  });

  it('of every role that there is are taken as they are, those of a developer as those of the system', () => {
    const roles = ['system', 'user', 'assistant', 'tool'];
    const messages = roles.map((role) => ({ role, content: role, extra: 1 }));
    expect(checkedMessages(messages)).toEqual(messages);
    expect(checkedMessages([{ role: 'developer', content: 'x' }])).toEqual([{ role: 'system', content: 'x' }]);
  });
});

describe('a prompt', () => {
  it.each([[undefined], [[{ role: 'user', content: 'x' }]], [[1, 2]], [{ messages: [] }], [new Float32Array(2)]])(
    'of %j is refused',
    (prompt) => {
      expect(() => checkPrompt(prompt as unknown as Int32Array)).toThrow(refused('The prompt must be a text'));
    },
  );

  it('is a text or token ids', () => {
    expect(() => checkPrompt('')).not.toThrow();
    expect(() => checkPrompt(Int32Array.of(1))).not.toThrow();
  });
});
