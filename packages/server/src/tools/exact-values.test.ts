import { parseExactJson, writeExactJson } from '@foretoken/core/text';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { exactly, rememberExact } from './exact-values.js';

const digits = fc.string({ unit: fc.constantFrom('0', '1', '9'), minLength: 1, maxLength: 18 });
const number = fc
  .tuple(fc.boolean(), digits, fc.option(digits), fc.constantFrom('', '', 'e5', 'E-7'))
  .map(([minus, whole, fraction, exponent]) => {
    const integer = whole.replace(/^0+(?=\d)/, '');
    return `${minus ? '-' : ''}${integer}${fraction === null ? '' : `.${fraction}`}${exponent}`;
  });
const key = fc.constantFrom('"b"', '"a"', '"2"', '"1"', '"\\u0031"', '"-1"', '"01"');
const json = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    number,
    fc.constantFrom('"text 10"', 'null', 'true'),
    fc.array(tie('value'), { maxLength: 3 }).map((items) => `[${items.join(', ')}]`),
    fc
      .uniqueArray(fc.tuple(key, tie('value')), { maxLength: 4, selector: ([name]) => JSON.parse(name) as string })
      .map((entries) => `{${entries.map(([name, value]) => `${name}: ${value}`).join(', ')}}`),
  ),
})).value;

it('gives back what a body said, digit by digit and key by key', () => {
  fc.assert(
    fc.property(json, (text) => {
      const body: unknown = JSON.parse(`{"a": ${text}}`);
      rememberExact(body, `{"a": ${text}}`);
      expect(writeExactJson(exactly(body))).toBe(writeExactJson(parseExactJson(`{"a": ${text}}`)));
    }),
    { numRuns: 1_000 },
  );
});
