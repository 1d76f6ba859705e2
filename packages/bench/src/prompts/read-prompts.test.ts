import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readPrompts } from './read-prompts.js';
import { selectPrompts } from './select-prompts.js';

describe('readPrompts', () => {
  it('reads at least 60 different prompts, at least six for each of ten kinds of work and more', async () => {
    const prompts = await readPrompts(fileURLToPath(new URL('../../prompts', import.meta.url)));
    const categories = [...new Set(prompts.map(({ category }) => category))];
    expect(categories).toEqual([
      'chat',
      'code',
      'code-edit',
      'creative-writing',
      'extraction',
      'list',
      'maths',
      'questions-over-text',
      'reasoning',
      'summarise-with-quotes',
      'translation',
    ]);
    for (const category of categories) {
      expect(prompts.filter((prompt) => prompt.category === category).length).toBeGreaterThanOrEqual(6);
    }
    expect(prompts.length).toBeGreaterThanOrEqual(60);
    expect(new Set(prompts.map(({ id }) => id)).size).toBe(prompts.length);
  });

  it('names the line that is no prompt', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'foretoken-prompts-'));
    try {
      const good = JSON.stringify({ id: 'a', messages: [{ role: 'user', content: 'Hi' }] });
      await writeFile(join(folder, 'odd.jsonl'), `${good}\n\n{"id":"b","messages":[{"role":"user"}]}\n`);
      await expect(readPrompts(folder)).rejects.toThrow('odd.jsonl:3');
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('selectPrompts', () => {
  it('takes one of each category in turn, in order', () => {
    const prompts = ['a/1', 'a/2', 'a/3', 'b/1', 'b/2', 'c/1'].map((id) => ({
      id,
      category: id.slice(0, 1),
      messages: [],
    }));
    const ids = (count: number): readonly string[] => selectPrompts(prompts, count).map(({ id }) => id);
    expect(ids(4)).toEqual(['a/1', 'b/1', 'c/1', 'a/2']);
    expect(ids(99)).toEqual(['a/1', 'b/1', 'c/1', 'a/2', 'b/2', 'a/3']);
  });
});
