import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_JSON_DEPTH, MAX_JSON_KEYS, MAX_JSON_VALUES, readJson } from './json-text.js';

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

describe('readJson', () => {
  it('reads every JSON text as JSON.parse does', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (text) => {
        fc.pre(!/__proto__|constructor/.test(text));
        expect(readJson(text)).toEqual({ kind: 'value', value: JSON.parse(text) });
      }),
    );
  });

  it('allows as many levels as may be, and no more', () => {
    expect(readJson(nested(MAX_JSON_DEPTH)).kind).toBe('value');
    expect(readJson(nested(MAX_JSON_DEPTH + 1))).toEqual({
      kind: 'refused',
      message: 'The body has more than 100 levels of arrays and objects.',
    });
    expect(readJson(`${'{"a":'.repeat(101)}1${'}'.repeat(101)}`).kind).toBe('refused');
  });

  it('takes as many values as may be, and no more', () => {
    const list = (values: number): string => `[${Array(values).fill('1').join(', ')}]`;
    expect(readJson(list(MAX_JSON_VALUES)).kind).toBe('value');
    expect(readJson(list(MAX_JSON_VALUES + 1))).toEqual({
      kind: 'refused',
      message: 'The body has more than 131072 values.',
    });
    expect(readJson(`[${'{},'.repeat(1_000_000)}{}]`).kind).toBe('refused');
    expect(readJson(JSON.stringify(',:'.repeat(1_000_000))).kind).toBe('value');
    const object = (keys: number): string =>
      JSON.stringify(Object.fromEntries(Array.from({ length: keys }, (_, key) => [key, 1])));
    expect(readJson(object(MAX_JSON_KEYS)).kind).toBe('value');
    expect(readJson(object(MAX_JSON_KEYS + 1))).toMatchObject({ message: expect.stringContaining('16384 keys') });
  });

  it('finds the end of strings, whatever is escaped in them', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: fc.constantFrom('\\', '"', '[', ',', 'a') })), (strings) => {
        const text = `${JSON.stringify(strings)}`;
        // One level too many behind the strings is seen exactly where they are told from the rest.
        expect(readJson(text)).toEqual({ kind: 'value', value: strings });
        expect(readJson(`[${text},${nested(MAX_JSON_DEPTH)}]`).kind).toBe('refused');
        expect(readJson(`[${text},${nested(MAX_JSON_DEPTH - 1)}]`).kind).toBe('value');
      }),
    );
  });

  it('counts no brackets in strings', () => {
    const text = JSON.stringify(['['.repeat(500), '\\"[{'.repeat(200)]);
    expect(readJson(text)).toEqual({ kind: 'value', value: JSON.parse(text) });
  });

  it('refuses millions of levels without recursion', () => {
    expect(readJson('['.repeat(4_000_000)).kind).toBe('refused');
    expect(readJson('{"a":'.repeat(800_000)).kind).toBe('refused');
  });

  it.each([
    '{"__proto__": {"admin": true}}',
    '{"a": [{"__proto__": 1}]}',
    '{"\\u005f_proto__": {}}',
    '{"constructor": {"prototype": {"admin": true}}}',
    '[[[{"x": {"constructor": {"prototype": 1}}}]]]',
  ])('refuses %s', (text) => {
    expect(readJson(text)).toMatchObject({ kind: 'refused', message: expect.stringMatching(/__proto__|prototype/) });
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  it.each(['{"constructor": "Ferrari"}', '{"constructor": {"type": "string"}}', '{"prototype": {}}', '["__proto__"]'])(
    'takes %s, which harms nobody',
    (text) => {
      expect(readJson(text)).toEqual({ kind: 'value', value: JSON.parse(text) });
    },
  );

  it('repeats nothing of what it refuses', () => {
    expect(readJson('{"prompt": "my secret", }')).toEqual({ kind: 'refused', message: 'The body is not valid JSON.' });
  });
});
