import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_JSON_DEPTH, readJson } from './json-text.js';

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
