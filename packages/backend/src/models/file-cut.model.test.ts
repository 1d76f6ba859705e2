import { copyFileSync, mkdtempSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadModel, resolveModel } from '@foretoken/backend';
import { expect, it } from 'vitest';

it('refuses to run, and lives, while the file that it has mapped is cut short', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'foretoken-cut-'));
  const original = (await resolveModel('smollm2-135m-instruct')).weights;
  const path = join(folder, 'model.gguf');
  copyFileSync(original, path);
  const { model, tokenizer } = await loadModel(path, { device: 'cpu', executor: 'fused', contextLength: 64 });
  try {
    const tokens = Int32Array.from(tokenizer.encode('The capital of France is'));
    const next = async () => {
      const sequence = model.openSequence();
      try {
        const { scores } = await model.forward([{ sequence, tokens, want: 'last' }]);
        return tokenizer.tokenText(scores[0]!.argmax()[0]!);
      } finally {
        sequence.close();
      }
    };
    expect(await next()).toBe(' Paris');

    truncateSync(path, Math.floor(statSync(path).size / 2));
    await expect(next()).rejects.toMatchObject({
      code: 'weights-truncated',
      message: expect.stringContaining(`had ${statSync(original).size} when the model was loaded`),
    });

    copyFileSync(original, path);
    expect(await next()).toBe(' Paris');
  } finally {
    model.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
