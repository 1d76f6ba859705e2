import { loadModelText } from '@foretoken/backend';
import { completeConfiguration } from '@foretoken/server/configuration';
import { expect, it } from 'vitest';
import { createTextEngine } from './create-text-engine.js';
import { collectText, textRequest } from './testing/requests.js';
import type { TextEngine } from './text-engine.js';

// The engine's process is that of the build: build the server before these tests.

/** An engine as a server with these settings starts it. */
function start(settings: object): Promise<TextEngine> {
  const { model, engine } = completeConfiguration({ engine: { sequences: 1, draft: 'none', ...settings } });
  return createTextEngine({ model, ...engine });
}

/** Bytes that an engine takes more once it has read some thousand tokens. */
async function growth(kvPrecision: string): Promise<number> {
  const text = await loadModelText('smollm2-135m-instruct');
  const engine = await start({ kvPrecision, contextLength: 4_096 });
  try {
    const resident = async (words: number): Promise<number> => {
      const prompt = 'The quick brown fox jumps over the lazy dog. '.repeat(words / 10);
      const request = textRequest(text, prompt, { maximumTokens: 1 });
      expect(await collectText(engine.submit(request))).toMatch(/\S/);
      return engine.snapshot().engines[0]?.residentBytes ?? 0;
    };
    // Buffers of the largest pieces of prompts are there after the first.
    const before = await resident(1_000);
    return (await resident(3_500)) - before;
  } finally {
    await engine.close();
  }
}

it('keeps the KV cache in half the memory where the settings say so', async () => {
  const single = await growth('float32');
  const half = await growth('float16');
  console.log('MiB', { single: single / 2 ** 20, half: half / 2 ** 20 });
  expect(half).toBeLessThan(0.7 * single);
});

it('refuses it by name with an executor that can not', async () => {
  await expect(start({ kvPrecision: 'float16', executor: 'graph' })).rejects.toThrow(
    /float16 needs the executor 'fused'/,
  );
});
