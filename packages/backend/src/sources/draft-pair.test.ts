import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cachedDraftModelOf, draftModelOf, NoDraftModelError, registeredModels } from '@foretoken/backend';
import { expect, it } from 'vitest';

it('names the draft model of a pair, which is registered itself', () => {
  expect(draftModelOf('qwen2.5-coder-1.5b-instruct')).toBe('qwen2.5-coder-0.5b-instruct');
  for (const { draft } of Object.values(registeredModels)) {
    if (draft !== undefined) expect(registeredModels).toHaveProperty([draft]);
  }
});

it.each(['smollm2-135m-instruct', 'org/name', 'constructor'])('refuses %s, and names what has a pair', (reference) => {
  expect(() => draftModelOf(reference)).toThrow(NoDraftModelError);
  expect(() => draftModelOf(reference)).toThrow('qwen2.5-coder-1.5b-instruct');
});

it('finds no draft model where none is registered or cached', async () => {
  const cacheDirectory = await mkdtemp(join(tmpdir(), 'foretoken-pair-'));
  try {
    expect(await cachedDraftModelOf('qwen2.5-coder-1.5b-instruct', { cacheDirectory })).toBeUndefined();
    expect(await cachedDraftModelOf('smollm2-135m-instruct', { cacheDirectory })).toBeUndefined();
  } finally {
    await rm(cacheDirectory, { recursive: true });
  }
});
