import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { runDecodeBenchmark } from './decode/decode-benchmark.js';
import { methodResults } from './decode/decode-results.js';
import { runForwardBenchmark } from './forward/forward-benchmark.js';
import { forwardSummary } from './forward/forward-summary.js';
import { readPrompts } from './prompts/read-prompts.js';
import { describeEnvironment } from './results/environment.js';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
let environment: Awaited<ReturnType<typeof describeEnvironment>>;
beforeAll(async () => {
  environment = await describeEnvironment(here('.'), new Date());
});

describe('the benchmarks on the real model', () => {
  it('decode: both methods answer with the same tokens, in alternating order, and guesses are accepted', async () => {
    const all = await readPrompts(here('../prompts'));
    const prompts = all.filter(({ category }) => category === 'code-edit').slice(0, 2);
    const { samples } = await runDecodeBenchmark({
      environment,
      prompts,
      maximumTokens: 32,
      // One that always guesses: on a busy machine another may find, rightly, that it does not pay.
      controller: 'fixed',
    });
    expect(samples.map(({ method }) => method)).toEqual(['standard', 'auto', 'auto', 'standard']);
    expect(samples.map(({ statistics }) => statistics.reusedPromptTokens)).toEqual([0, 0, 0, 0]);
    const result = methodResults(samples, 'auto').at(-1);
    expect(result?.different).toBe(0);
    expect(result?.meanAcceptanceLength).toBeGreaterThan(1);
    expect(samples.every(({ tokens, statistics }) => tokens.length > 0 && statistics.milliseconds.decode > 0)).toBe(
      true,
    );
  });

  it('forward: every target is measured in its own process', async () => {
    const record = await runForwardBenchmark({
      environment,
      workerScript: here('../dist/forward-worker.js'),
      rounds: 1,
      tokenCounts: [1, 2],
      prefix: 4,
    });
    expect(record.targets.map(({ target, state }) => [target, state])).toEqual([
      ['fused', 'measured'],
      ['graph', 'measured'],
      ['eager-native', 'measured'],
      ['wasm', 'measured'],
    ]);
    expect(record.weightBytes).toBe(537_919_488);
    expect(record.memoryRead?.milliseconds).toHaveLength(1);
    expect(forwardSummary(record)).not.toContain('NaN');
  });

  it('forward: a model that is not there is a reason, not a crash', async () => {
    const workerScript = here('../dist/forward-worker.js');
    const { targets } = await runForwardBenchmark({
      environment,
      workerScript,
      model: '/nowhere/model.gguf',
      rounds: 1,
    });
    expect(targets).toHaveLength(4);
    expect(new Set(targets.map(({ state }) => state))).toEqual(new Set(['unavailable']));
  });
});
