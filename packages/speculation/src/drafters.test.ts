import type { LoadedModel } from '@foretoken/backend';
import { expect, it } from 'vitest';
import { Drafters } from './drafters.js';

it.each([
  { passMilliseconds: 7.9, names: ['lookup'] },
  { passMilliseconds: 8, names: ['lookup', 'recycling'] },
  { passMilliseconds: undefined, names: ['lookup', 'recycling'] },
])('auto is $names where a token takes $passMilliseconds ms', ({ passMilliseconds, names }) => {
  const drafters = new Drafters({} as LoadedModel, undefined, { passMilliseconds });
  expect(drafters.choose({ kind: 'auto' }).map(({ name }) => name)).toEqual(names);
});
