import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listModels, openWeights, type ResolveModelOptions, resolveModel } from '@foretoken/backend';
import type { ProgressEvent } from '@foretoken/tensorflow/status';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeGguf } from '../weights/testing/write-gguf.js';
import { writeSafetensors } from '../weights/testing/write-safetensors.js';
import { type LocalHub, type LocalHubFile, startLocalHub } from './testing/local-hub.js';

const ID = 'some-org/some.model';
const values = Float32Array.from({ length: 300_000 }, (_, i) => i);
const large = writeSafetensors({ tensors: [{ name: 'a', type: 'F32', shape: [300_000], values }] });
const small = (name: string) =>
  writeSafetensors({ tensors: [{ name, type: 'F32', shape: [1], values: Float32Array.of(1) }] });
const text = (content: string): LocalHubFile => ({ bytes: new TextEncoder().encode(content) });
const companions = { 'config.json': text('{"a":1}'), 'tokenizer.json': text('{}'), 'README.md': text('# no') };

let cache: string;
let hub: LocalHub;

beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'foretoken-hub-'));
});
afterEach(async () => {
  await hub.close();
  await rm(cache, { recursive: true });
});

async function serve(files: Readonly<Record<string, LocalHubFile>>): Promise<ResolveModelOptions> {
  hub = await startLocalHub(ID, files);
  return { cacheDirectory: cache, hubUrl: hub.url };
}

describe('a repository with one file of weights', () => {
  const files = { ...companions, 'model.safetensors': { bytes: large, lfs: true } };

  it('is fetched with its companions, then comes from the cache', async () => {
    const options = await serve(files);
    const events: ProgressEvent[] = [];
    const model = await resolveModel(ID, { ...options, onProgress: (event) => events.push(event) });
    expect(model).toMatchObject({ name: ID, origin: 'hub' });
    expect((await readFile(model.weights)).equals(large)).toBe(true);
    expect(await readFile(model.configuration!, 'utf8')).toBe('{"a":1}');
    expect(await readFile(model.tokenizer!, 'utf8')).toBe('{}');
    expect(model.tokenizerConfiguration).toBeUndefined();
    expect(hub.requests.join()).not.toContain('README');
    expect(events.filter((event) => event.kind === 'advance').at(-1)).toMatchObject({
      step: 'download model.safetensors',
      done: large.length,
      total: large.length,
    });
    const before = hub.requests.length;
    expect(await resolveModel(ID, { ...options, allowDownload: false })).toEqual(model);
    expect(hub.requests.length).toBe(before);
    expect(await listModels(cache)).toContainEqual(
      expect.objectContaining({ name: ID, origin: 'hub', cached: true, weights: model.weights, revision: 'main' }),
    );
  });

  it('is fetched with every file that says how to use it', async () => {
    const further = { 'generation_config.json': text('{"eos_token_id":2}'), 'chat_template.jinja': text('{{ x }}') };
    const model = await resolveModel(ID, await serve({ ...files, ...further }));
    expect(await readFile(model.generationConfiguration!, 'utf8')).toBe('{"eos_token_id":2}');
    expect(await readFile(model.chatTemplate!, 'utf8')).toBe('{{ x }}');
  });

  it('goes on where a broken download stopped', async () => {
    const options = await serve(files);
    hub.breakAfter = 500_000;
    await expect(resolveModel(ID, options)).rejects.toMatchObject({ code: 'model-download-failed' });
    const partial = join(cache, 'models', 'some-org--some.model', 'main', 'model.safetensors.partial');
    const kept = (await stat(partial)).size;
    expect(kept).toBeGreaterThan(0);
    hub.breakAfter = undefined;
    hub.requests.length = 0;
    const model = await resolveModel(ID, options);
    expect((await readFile(model.weights)).equals(large)).toBe(true);
    expect(hub.requests.some((request) => request.includes(`bytes=${kept}-`))).toBe(true);
    // The companions had arrived whole.
    expect(hub.requests.join()).not.toContain('config.json');
  });

  it('is fetched again where a file was cut off in the cache', async () => {
    const options = await serve(files);
    const { weights } = await resolveModel(ID, options);
    await writeFile(weights, 'cut');
    await expect(resolveModel(ID, { ...options, allowDownload: false })).rejects.toMatchObject({
      code: 'model-not-cached',
    });
    await resolveModel(ID, options);
    expect((await stat(weights)).size).toBe(large.length);
  });
});

it.each([
  ['a large file', { 'model.safetensors': { bytes: large, lfs: true, announcedHash: 'f'.repeat(64) } }],
  [
    'a small file',
    {
      'model.safetensors': { bytes: large, lfs: true },
      'config.json': { ...text('{}'), announcedHash: 'f'.repeat(40) },
    },
  ],
])('refuses %s that is not what was announced, and keeps none of it', async (_, files) => {
  const options = await serve(files);
  await expect(resolveModel(ID, options)).rejects.toMatchObject({ code: 'model-hash-mismatch' });
  const folder = join(cache, 'models', 'some-org--some.model', 'main');
  await expect(stat(join(folder, 'manifest.json'))).rejects.toThrow();
  const wrong = 'config.json' in files ? 'config.json' : 'model.safetensors';
  await expect(stat(join(folder, wrong))).rejects.toThrow();
  await expect(stat(join(folder, `${wrong}.partial`))).rejects.toThrow();
});

it('fetches the shards that the index names, and no others', async () => {
  const index = { weight_map: { a: '1.safetensors', b: '2.safetensors' } };
  const options = await serve({
    ...companions,
    'model.safetensors.index.json': text(JSON.stringify(index)),
    '1.safetensors': { bytes: small('a'), lfs: true },
    '2.safetensors': { bytes: small('b'), lfs: true },
    'other.safetensors': { bytes: small('c'), lfs: true },
  });
  const model = await resolveModel(ID, options);
  const weights = await openWeights(model.weights);
  expect([...weights.tensors.keys()]).toEqual(['a', 'b']);
  await weights.close();
  expect(hub.requests.join()).not.toContain('other');
});

it('refuses an index that names files outside the repository', async () => {
  const options = await serve({
    'model.safetensors.index.json': text('{"weight_map":{"a":"../../a.safetensors"}}'),
  });
  await expect(resolveModel(ID, options)).rejects.toMatchObject({ code: 'weights-unsafe-path' });
});

describe('GGUF files', () => {
  const gguf = writeGguf({
    metadata: {},
    tensors: [{ name: 'a', type: 'F32', shape: [1], values: Float32Array.of(1) }],
  });
  const files = {
    'x.gguf': { bytes: gguf, lfs: true },
    'sub/y.gguf': { bytes: gguf, lfs: true },
    'config.json': text('{}'),
  };

  it('are chosen by name, in the reference or the options', async () => {
    const options = await serve(files);
    const model = await resolveModel(`${ID}:sub/y.gguf`, options);
    expect(model.weights.endsWith(join('sub', 'y.gguf'))).toBe(true);
    expect(model.configuration).toBeUndefined();
    expect((await resolveModel(ID, { ...options, file: 'x.gguf' })).weights.endsWith('x.gguf')).toBe(true);
    expect((await listModels(cache)).map((listed) => listed.name)).toEqual(
      expect.arrayContaining([`${ID}:sub/y.gguf`, `${ID}:x.gguf`]),
    );
  });

  it('are picked by quantisation, which is named where it was not asked for', async () => {
    const part = (no: number, name: string) =>
      writeGguf({
        metadata: { 'split.no': no, 'split.count': 2, 'split.tensors.count': 2 },
        tensors: [{ name, type: 'F32', shape: [1], values: Float32Array.of(1) }],
      });
    const options = await serve({
      'm-Q8_0.gguf': { bytes: gguf, lfs: true },
      'm-Q4_K_M-00001-of-00002.gguf': { bytes: part(0, 'a'), lfs: true },
      'm-Q4_K_M-00002-of-00002.gguf': { bytes: part(1, 'b'), lfs: true },
    });
    const model = await resolveModel(ID, options);
    expect(model.name).toBe(`${ID}:Q4_K_M`);
    const weights = await openWeights(model.weights);
    expect([...weights.tensors.keys()]).toEqual(['a', 'b']);
    await weights.close();
    expect(hub.requests.join()).not.toContain('Q8_0');
    expect(await resolveModel(ID, { ...options, allowDownload: false })).toEqual(model);
    expect((await resolveModel(`${ID}:q8_0`, options)).weights.endsWith('m-Q8_0.gguf')).toBe(true);
  });

  it('are listed where one must be chosen', async () => {
    const options = await serve(files);
    await expect(resolveModel(ID, options)).rejects.toThrow(/x\.gguf, sub\/y\.gguf/);
    await expect(resolveModel(`${ID}:z.gguf`, options)).rejects.toMatchObject({ code: 'model-file-choice' });
  });
});

it('never writes where a listed path leads outside', async () => {
  const options = await serve({ '../evil.gguf': { bytes: large, lfs: true } });
  await expect(resolveModel(ID, options)).rejects.toMatchObject({ code: 'model-file-choice' });
});

it('says which repository is not there', async () => {
  const options = await serve(companions);
  await expect(resolveModel('some-org/other', options)).rejects.toMatchObject({ code: 'model-download-failed' });
  await expect(resolveModel('some-org/other', options)).rejects.toThrow(/some-org\/other could not be fetched/);
});
