import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { registeredModels } from '@foretoken/backend';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { folderConfiguration, ggufModel, writeModelFolder } from '../../../backend/src/models/testing/model-folder.js';
import { randomTensors } from '../../../backend/src/models/testing/random-files.js';
import { runWith } from '../command-line/testing/test-context.js';

let folder: string;
let cache: string;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'foretoken-models-')));
  cache = join(folder, 'cache');
  vi.stubEnv('FORETOKEN_CACHE', cache);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const TEMPLATE = { 'chat_template.jinja': '{{ messages[0].content }}' };

/** Puts a model of one layer into the cache as a download leaves it. Gives its bytes. */
async function putSmall(repository: string): Promise<number> {
  const place = join(cache, 'models', repository.replace('/', '--'), 'main');
  mkdirSync(place, { recursive: true });
  await writeModelFolder(place, {
    config: { num_hidden_layers: 1 },
    tensors: randomTensors({ ...folderConfiguration, layers: 1 }, 7),
  });
  const files = readdirSync(place).map((path) => ({ path, size: statSync(join(place, path)).size, sha256: 'x' }));
  writeFileSync(join(place, 'manifest.json'), JSON.stringify({ version: 1, weights: 'model.safetensors', files }));
  return files.reduce((sum, { size }) => sum + size, 0);
}

/** The lines of `models show`, by their names. */
async function show(reference: string): Promise<Readonly<Record<string, string>>> {
  const run = await runWith(['models', 'show', reference]);
  expect(run).toMatchObject({ exitCode: 0, stderr: '' });
  const lines = run.stdout.trimEnd().split('\n');
  return Object.fromEntries(lines.map((line) => [line.slice(0, 14).trim(), line.slice(14)]));
}

describe('models list --json', () => {
  it('is one JSON list of the models that have a name and those in the cache', async () => {
    const bytes = await putSmall('org/small');
    const run = await runWith(['models', 'list', '--json']);
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    const listed = JSON.parse(run.stdout) as readonly { readonly name: string }[];
    expect(listed.map(({ name }) => name)).toEqual([...Object.keys(registeredModels), 'org/small'].sort());
    expect(listed.filter(({ name }) => name !== 'org/small').every((model) => 'cached' in model && !model.cached)).toBe(
      true,
    );
    const weights = join(cache, 'models', 'org--small', 'main', 'model.safetensors');
    expect(listed).toContainEqual({ name: 'org/small', origin: 'hub', cached: true, bytes, weights, revision: 'main' });
  });
});

describe('models show', () => {
  it('says that a model runs, and what can guess for it', async () => {
    await writeModelFolder(join(folder, 'model'), { files: TEMPLATE });
    const shown = await show(join(folder, 'model'));
    expect(shown).toMatchObject({ format: 'safetensors', runs: 'yes' });
    expect(shown.drafts).toMatch(/^auto, lookup, .*early-exit:1 to early-exit:1$/);
    expect(shown['draft models']).toMatch(/^none in the cache/);
  });

  it('names the models in the cache that can draft', async () => {
    await writeModelFolder(join(folder, 'model'), { files: TEMPLATE });
    await putSmall('org/small');
    expect(await show(join(folder, 'model'))).toMatchObject({ 'draft models': 'model:org/small' });
  });

  it('says that a model without a template can not chat', async () => {
    await writeModelFolder(join(folder, 'model'));
    expect(await show(join(folder, 'model'))).toMatchObject({ runs: 'yes, without a chat template: generate only' });
  });

  it.each<[string, object]>([
    ['hidden_act', { hidden_act: 'gelu' }],
    ['model_type', { model_type: 'phi3' }],
    ['rope_parameters', { rope_parameters: { rope_type: 'longrope', short_factor: [1], long_factor: [2] } }],
  ])('says why a model does not run: %s', async (why, config) => {
    await writeModelFolder(join(folder, 'model'), { config });
    const shown = await show(join(folder, 'model'));
    expect(shown.runs).toMatch(new RegExp(`^no: .*${why}`));
    expect(shown.drafts).toBeUndefined();
  });

  it.each([
    ['mamba', { 'general.architecture': 'mamba' }],
    ['expert_count', { 'llama.expert_count': 8 }],
  ])('says why a GGUF file does not run: %s', async (why, metadata) => {
    const path = join(folder, 'model.gguf');
    writeFileSync(path, ggufModel({ metadata }));
    expect((await show(path)).runs).toMatch(new RegExp(`^no: .*${why}`));
  });

  it.each(['org/none', './gone.gguf', 'smollm2-135m-instruct'])('refuses %s, which is not there', async (reference) => {
    const run = await runWith(['models', 'show', reference]);
    expect(run.exitCode).not.toBe(0);
    expect(run).toMatchObject({ stdout: '', stderr: expect.stringMatching(/^foretoken: [^\n]+\n$/) });
    expect(run.stderr).toContain(reference);
  });
});
