import { createChatTemplate, parseExactJson, writeExactJson } from '@foretoken/core/text';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

describe('exact JSON', () => {
  it.each([
    '{"n":12345678901234567890}',
    '[1.0,-0,1e5,1E-7,0.10,123456789012345678901234567890.5]',
    '{"b":1,"2":{"z":[],"1":null},"a":"\\u00e9 \\"{[:,"}',
    '["{\\"n\\": 1.0}",{},[],true,false,null,""]',
    '9007199254740993',
  ])('keeps %s', (text) => {
    const written = writeExactJson(parseExactJson(text));
    expect(written).toBe(text.replace('\\u00e9', 'é'));
  });

  it('reads every JSON as JSON.parse does', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value, undefined, 1);
        expect(JSON.parse(writeExactJson(parseExactJson(text)))).toEqual(JSON.parse(text));
      }),
    );
  });

  it.each(['', '{', '[1,]', '{"a":}', "{'a':1}", '01', 'nul'])('refuses %j', (text) => {
    expect(() => parseExactJson(text)).toThrow(SyntaxError);
  });

  it('takes the last of a key that comes twice', () => {
    expect(writeExactJson(parseExactJson('{"a":1,"b":2,"a":3}'))).toBe('{"a":3,"b":2}');
  });

  it('reaches the prompt as written', () => {
    const template = createChatTemplate('{{ messages[0].args | tojson }}|{{ messages[0].args.n + 1 }}');
    const args = parseExactJson('{"n": 12345678901234567890, "b": 1.0, "10": 1, "2": 0.50}');
    expect(template.apply([{ role: 'user', content: '', args }])).toBe(
      '{"n": 12345678901234567890, "b": 1.0, "10": 1, "2": 0.50}|12345678901234567891',
    );
  });
});
