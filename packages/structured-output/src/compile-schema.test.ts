import { expect, it } from 'vitest';
import { compileSchema } from './compile-schema.js';

it('checks each text against its own pattern', () => {
  const properties = { a: { type: 'string', pattern: '^a+$' }, b: { type: 'string', pattern: 'b' } };
  const validate = compileSchema({ properties });
  expect(validate({ a: 'aa', b: 'abc' })).toBe(true);
  expect(validate({ a: 'aa', b: 'aa' })).toBe(false);
  expect(validate({ a: 'b', b: 'b' })).toBe(false);
});
