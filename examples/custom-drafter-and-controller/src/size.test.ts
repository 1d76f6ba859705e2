import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

test('a drafter and a controller together take fewer than 40 lines', async () => {
  const files = ['last-follower.ts', 'one-deeper.ts'].map((name) => readFile(new URL(name, import.meta.url), 'utf8'));
  const lines = (await Promise.all(files)).join('').split('\n');
  expect(lines.filter((line) => line.trim() !== '').length).toBeLessThan(40);
});
