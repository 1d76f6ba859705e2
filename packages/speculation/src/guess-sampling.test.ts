import { guessSampling } from '@foretoken/speculation';
import { expect, it } from 'vitest';

it('lets guesses be drawn where an answer is sampled, and neither a seed nor a form says otherwise', () => {
  expect(guessSampling({ temperature: 0.8, topP: 0.9 }, false)).toMatchObject({ temperature: 0.8, topP: 0.9 });
  expect(guessSampling({}, false)).toBeUndefined();
  expect(guessSampling({ temperature: 0 }, false)).toBeUndefined();
  expect(guessSampling({ temperature: 0.8, seed: 0 }, false)).toBeUndefined();
  expect(guessSampling({ temperature: 0.8 }, true)).toBeUndefined();
});
