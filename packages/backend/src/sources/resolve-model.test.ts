import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listModels, registeredModels, resolveModel, UnknownModelError } from '@foretoken/backend';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'foretoken-models-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('a path', () => {
  it('of a GGUF file is the weights alone', async () => {
    const path = join(folder, 'My.Model.gguf');
    await writeFile(path, 'x');
    await writeFile(join(folder, 'config.json'), '{}');
    expect(await resolveModel(path)).toEqual({ name: 'My.Model', weights: path, origin: 'path' });
  });

  it('of a folder is its weights and what lies beside them', async () => {
    const companions = ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'generation_config.json'];
    for (const name of ['model.safetensors', ...companions, 'chat_template.jinja']) {
      await writeFile(join(folder, name), '{}');
    }
    const model = await resolveModel(folder);
    expect(model).toMatchObject({
      origin: 'path',
      weights: join(folder, 'model.safetensors'),
      configuration: join(folder, 'config.json'),
      tokenizer: join(folder, 'tokenizer.json'),
      tokenizerConfiguration: join(folder, 'tokenizer_config.json'),
      generationConfiguration: join(folder, 'generation_config.json'),
      chatTemplate: join(folder, 'chat_template.jinja'),
    });
    await writeFile(join(folder, 'model.safetensors.index.json'), '{}');
    expect((await resolveModel(folder)).weights).toBe(join(folder, 'model.safetensors.index.json'));
  });

  it('of a folder without weights is refused', async () => {
    await expect(resolveModel(folder)).rejects.toMatchObject({ code: 'weights-not-found' });
  });
});

describe('a reference that leads nowhere', () => {
  it.each(['', 'smollm', './gone.gguf', '/gone/model', 'models/gone.gguf', '../org/name', 'a/b/c', '.hidden/name'])(
    '%j is refused with the forms that are accepted',
    async (reference) => {
      const error = await resolveModel(reference, { cacheDirectory: folder }).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(UnknownModelError);
      expect(error).toMatchObject({ code: 'unknown-model' });
      expect(String(error)).toContain('smollm2-135m-instruct');
      expect(String(error)).toContain('organisation/name:file.gguf');
    },
  );

  it('is not looked up in the prototype of the registry', async () => {
    await expect(resolveModel('constructor', { cacheDirectory: folder })).rejects.toBeInstanceOf(UnknownModelError);
  });
});

describe('a registered model', () => {
  const name = 'smollm2-135m-instruct';

  it('that is not cached is named with the way to get it', async () => {
    await expect(resolveModel(name, { cacheDirectory: folder, allowDownload: false })).rejects.toMatchObject({
      code: 'model-not-cached',
    });
  });

  it('is not taken from a file of the right size with other bytes', async () => {
    const model = registeredModels[name]!;
    const place = join(folder, 'models', name);
    await mkdir(place, { recursive: true });
    await writeFile(join(place, model.file), new Uint8Array(model.size));
    await expect(resolveModel(name, { cacheDirectory: folder, allowDownload: false })).rejects.toMatchObject({
      code: 'model-not-cached',
    });
  });

  it('is listed whether it is cached or not', async () => {
    expect(await listModels(folder)).toContainEqual(
      expect.objectContaining({ name, origin: 'registry', cached: false, bytes: 98_362_432 }),
    );
    expect(await listModels(folder)).toHaveLength(Object.keys(registeredModels).length);
  });
});
