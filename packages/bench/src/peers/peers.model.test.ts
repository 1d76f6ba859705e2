import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { readPrompts } from '../prompts/read-prompts.js';
import { selectPrompts } from '../prompts/select-prompts.js';
import { describeEnvironment } from '../results/environment.js';
import { runPeersBenchmark } from './peers-benchmark.js';
import { peersSummary } from './peers-summary.js';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

it('peers: both engines answer the same prompts, each by itself the same with guesses as without', async (context) => {
  const record = await runPeersBenchmark({
    environment: await describeEnvironment(here('.'), new Date()),
    workerScripts: {
      foretoken: here('../../dist/foretoken-worker.js'),
      'node-llama-cpp': here('../../dist/llama-worker.js'),
    },
    prompts: selectPrompts(await readPrompts(here('../../prompts')), 2),
    // llama.cpp's threads wait for each other in a busy loop: with two, another program on the machine costs minutes.
    threads: 1,
    maximumTokens: 16,
    rounds: 1,
    prefillTokens: 64,
  });
  const own = record.samples.filter(({ method }) => method.startsWith('foretoken '));
  expect(own.map(({ method }) => method.split(' ')[1]).sort()).toEqual(['auto', 'auto', 'standard', 'standard']);
  expect(new Set(own.map(({ prompt, tokens }) => `${prompt} ${tokens}`)).size).toBe(2);
  const missing = record.engines.find((engine) => engine.state === 'absent');
  if (missing?.state === 'absent') {
    process.stderr.write(`Nothing to compare with: ${missing.reason}\n`);
    context.skip(missing.reason);
  }
  expect(record.samples).toHaveLength(10);
  expect(
    record.samples.every(({ tokens, statistics }) => tokens.length > 0 && statistics.milliseconds.decode > 0),
  ).toBe(true);
  expect(record.prefills.map(({ engine }) => engine).sort()).toEqual(['foretoken', 'node-llama-cpp']);
  expect(record.starts.map(({ method }) => method)).toEqual([
    'foretoken standard',
    'foretoken auto',
    'node-llama-cpp standard',
  ]);
  // A process that has the model and TensorFlow, or llama.cpp, holds more than a bare Node.js.
  expect(record.starts.every(({ memory }) => memory.answered > 100 * 2 ** 20)).toBe(true);
  expect(peersSummary(record)).not.toContain('NaN');
});
