import { loadModel, loadModelText } from '@foretoken/backend';
import { describe, expect, it } from 'vitest';

/** Native libraries that this process has loaded. */
function loadedLibraries(): readonly string[] {
  const report = process.report.getReport() as { readonly sharedObjects?: readonly string[] };
  return report.sharedObjects ?? [];
}

describe('loadModelText', () => {
  it('reads tokenizer, template and shape without TensorFlow, the same as a loaded model has', async () => {
    const text = await loadModelText('smollm2-135m-instruct');
    expect(loadedLibraries().length).toBeGreaterThan(0);
    expect(loadedLibraries().filter((path) => /tensorflow/.test(path))).toEqual([]);
    expect(text).toMatchObject({ name: 'smollm2-135m-instruct', contextLength: 8192, vocabularySize: 49152 });

    const messages = [{ role: 'user', content: 'Größe 😀 <|im_end|>' }] as const;
    const prompt = text.chatTemplate!.apply(messages);
    const loaded = await loadModel('smollm2-135m-instruct', { contextLength: 64 });
    expect(loadedLibraries().filter((path) => /tensorflow/.test(path))).not.toEqual([]);
    expect(loaded.chatTemplate!.apply(messages)).toBe(prompt);
    expect(loaded.tokenizer.encode(prompt, { specialTokens: true })).toEqual(
      text.tokenizer.encode(prompt, { specialTokens: true }),
    );
    expect(loaded.configuration).toEqual(text.configuration);
    loaded.close();
  });

  it('refuses what leads nowhere', async () => {
    await expect(loadModelText('no-such-model')).rejects.toMatchObject({ code: 'unknown-model' });
  });
});
