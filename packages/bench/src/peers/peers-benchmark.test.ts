import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BenchmarkPrompt } from '../prompts/read-prompts.js';
import { describeEnvironment } from '../results/environment.js';
import { runPeersBenchmark } from './peers-benchmark.js';
import { peersSummary } from './peers-summary.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'foretoken-peers-'));
  await writeFile(join(folder, 'model.gguf'), 'no engine of this test reads it');
});
afterEach(() => rm(folder, { recursive: true }));

const environment = await describeEnvironment(tmpdir(), new Date(0));
const prompts: readonly BenchmarkPrompt[] = ['a', 'b', 'c'].map((name) => ({
  id: `chat/${name}`,
  category: 'chat',
  messages: [{ role: 'user', content: name }],
}));

/** An engine that writes down what it is asked. `overrides` replaces the body of some answers. */
async function engine(name: string, overrides: Readonly<Record<string, string>> = {}): Promise<string> {
  const script = join(folder, `${name}.mjs`);
  const replies = {
    load: `({ kind: 'loaded', description: '${name} with ' + process.env.FORETOKEN_THREADS, memory: 1 })`,
    encode: `[...task[0].content].map((c) => c.charCodeAt(0))`,
    answer: `({ tokens: [7], statistics: { promptTokens: 1, draftedTokens: 0, acceptedTokens: 0, milliseconds: { prefill: 1, decode: 2 } }, memory: 2 })`,
    ...overrides,
  };
  await writeFile(
    script,
    `import { appendFileSync } from 'node:fs';
    const replies = { ${Object.entries(replies).map(([kind, body]) => `${kind}: (task) => ${body}`)} };
    process.on('message', ({ kind, task }) => {
      appendFileSync(${JSON.stringify(join(folder, 'log'))}, JSON.stringify({ engine: '${name}', kind, ...task }) + '\\n');
      const value = replies[kind](task);
      process.send(value.reason === 'out of memory' ? { kind: 'failed', ...value } : { kind: 'done', value });
    });
    process.on('disconnect', () => process.exit(0));`,
  );
  return script;
}

async function run(workerScripts: Parameters<typeof runPeersBenchmark>[0]['workerScripts']) {
  const model = join(folder, 'model.gguf');
  const options = { environment, model, prompts, threads: 3, maximumTokens: 4, rounds: 2, prefillTokens: 8 };
  return runPeersBenchmark({ ...options, workerScripts });
}

async function requests() {
  const lines = (await readFile(join(folder, 'log'), 'utf8')).trim().split('\n');
  return lines.map((line) => JSON.parse(line));
}

describe('runPeersBenchmark', () => {
  it('asks every method for the same prompt tokens before the next prompt, and who begins rotates', async () => {
    const record = await run({
      foretoken: await engine('foretoken'),
      'node-llama-cpp': await engine('node-llama-cpp'),
    });
    expect(record.samples.map(({ prompt }) => prompt)).toEqual(prompts.flatMap(({ id }) => Array(5).fill(id)));
    const firsts = record.samples.filter(({ turn }) => turn === 0).map(({ method }) => method);
    expect(firsts).toEqual(['foretoken standard', 'foretoken auto', 'node-llama-cpp standard']);
    const asked = (await requests()).filter(({ kind, maximumTokens }) => kind === 'answer' && maximumTokens === 4);
    // Five that warm up, then five for each prompt.
    expect(asked.slice(5).map(({ prompt }) => prompt)).toEqual([97, 98, 99].flatMap((token) => Array(5).fill([token])));
    expect(new Set(asked.slice(5).map(({ engine, mode }) => `${engine} ${mode}`)).size).toBe(5);
  });

  it('gives both engines the same file, context and threads, and only foretoken encodes', async () => {
    const record = await run({
      foretoken: await engine('foretoken'),
      'node-llama-cpp': await engine('node-llama-cpp'),
    });
    const all = await requests();
    const loads = all
      .filter(({ kind }) => kind === 'load')
      .map(({ model, threads, contextLength }) => ({ model, threads, contextLength }));
    expect(new Set(loads.map((load) => JSON.stringify(load))).size).toBe(1);
    expect(record.engines).toEqual([
      { engine: 'foretoken', state: 'measured', description: 'foretoken with 3' },
      { engine: 'node-llama-cpp', state: 'measured', description: 'node-llama-cpp with 3' },
    ]);
    expect(all.filter(({ kind, engine }) => kind === 'encode' && engine !== 'foretoken')).toEqual([]);
  });

  it('measures prefills of the wished size and starts of new processes in every round', async () => {
    const record = await run({
      foretoken: await engine('foretoken'),
      'node-llama-cpp': await engine('node-llama-cpp'),
    });
    expect(record.prefills.map(({ round, engine }) => [round, engine])).toEqual([
      [0, 'node-llama-cpp'],
      [0, 'foretoken'],
      [1, 'foretoken'],
      [1, 'node-llama-cpp'],
    ]);
    const long = (await requests()).filter(({ prompt }) => prompt?.length === 9);
    expect(long).toHaveLength(6);
    expect(record.starts.map(({ round, method }) => `${round} ${method}`)).toEqual([
      '0 foretoken standard',
      '0 foretoken auto',
      '0 node-llama-cpp standard',
      '1 foretoken auto',
      '1 node-llama-cpp standard',
      '1 foretoken standard',
    ]);
    expect(record.starts.every(({ milliseconds, memory }) => milliseconds > 0 && memory.answered === 2)).toBe(true);
  });

  it('goes on without a peer that is absent, and says why', async () => {
    const absent = await engine('node-llama-cpp', { load: `({ kind: 'absent', reason: 'no binary here' })` });
    const record = await run({ foretoken: await engine('foretoken'), 'node-llama-cpp': absent });
    expect(record.engines[1]).toEqual({ engine: 'node-llama-cpp', state: 'absent', reason: 'no binary here' });
    expect(new Set([...record.samples, ...record.starts].map(({ method }) => method))).toEqual(
      new Set(['foretoken standard', 'foretoken auto']),
    );
    expect(new Set(record.prefills.map(({ engine }) => engine))).toEqual(new Set(['foretoken']));
    expect(peersSummary(record)).toContain('no binary here');
  });

  it.each([
    ['fails', { answer: `({ reason: 'out of memory' })` }, 'out of memory'],
    ['dies', { answer: 'process.exit(3)' }, 'exit code 3 while it was asked to answer'],
  ])('rejects with the reason when an engine %s', async (_, overrides, reason) => {
    const broken = await engine('node-llama-cpp', overrides);
    await expect(run({ foretoken: await engine('foretoken'), 'node-llama-cpp': broken })).rejects.toThrow(reason);
  });

  it('refuses no prompts, and a model that is no GGUF file', async () => {
    const workerScripts = { foretoken: '', 'node-llama-cpp': '' };
    await expect(runPeersBenchmark({ environment, workerScripts, prompts: [] })).rejects.toThrow('no prompts');
    const model = join(folder, 'model.safetensors');
    await writeFile(model, '');
    await writeFile(join(folder, 'config.json'), '{}');
    await writeFile(join(folder, 'tokenizer.json'), '{}');
    await expect(runPeersBenchmark({ environment, workerScripts, prompts, model: folder })).rejects.toThrow('GGUF');
  });
});
