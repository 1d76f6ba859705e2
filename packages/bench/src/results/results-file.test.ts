import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DecodeRecord } from '../decode/decode-record.js';
import type { ForwardRecord } from '../forward/forward-record.js';
import { describeEnvironment } from './environment.js';
import { RESULTS_VERSION, readResults, writeResults } from './results-file.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'foretoken-report-'));
});
afterEach(() => rm(folder, { recursive: true }));

const environment = await describeEnvironment(tmpdir(), new Date(0));
const decode: DecodeRecord = {
  environment,
  options: {
    ...{ model: 'm', device: 'cpu', executor: 'graph', arithmetic: 'exact', maximumTokens: 4, repeats: 1 },
    ...{ methods: ['auto'], versions: { node: '20', tfjs: '4', tensorflow: '2' } },
  },
  seeds: [],
  samples: [],
};
const forward: ForwardRecord = {
  environment,
  options: { model: 'm', rounds: 1, prefix: 8, tokenCounts: [1] },
  seeds: [],
  samples: [],
  targets: [],
  weightBytes: 1,
};

describe('writeResults', () => {
  it('keeps the records of other benchmarks and replaces its own', async () => {
    await writeResults(folder, { forward });
    await writeResults(folder, { decode });
    const [path, summary] = await writeResults(folder, { decode: { ...decode, seeds: [7] } });
    const results = await readResults(path!);
    expect(results?.schemaVersion).toBe(RESULTS_VERSION);
    expect(results?.benchmarks.decode?.seeds).toEqual([7]);
    expect(results?.benchmarks.forward?.weightBytes).toBe(1);
    const text = await readFile(summary!, 'utf8');
    expect(text).toContain('## bench:decode');
    expect(text).toContain('## bench:forward');
    expect(text).toContain('1970-01-01');
  });

  it.each([
    '{"schemaVersion":0,"benchmarks":{"decode":{}}}',
    '{"schemaVer',
    '[]',
    '{"schemaVersion":1,"benchmarks":{"decode":{}}}',
    '{"schemaVersion":2,"benchmarks":{"decode":{}}}',
    '{"schemaVersion":3,"benchmarks":null}',
  ])('starts afresh over a file it can not read: %s', async (text) => {
    await writeFile(join(folder, 'results.json'), text);
    const [path] = await writeResults(folder, { forward });
    expect(Object.keys((await readResults(path!))!.benchmarks)).toEqual(['forward']);
  });
});

describe('describeEnvironment', () => {
  it('tells machine and commit', () => {
    expect(environment.machine.cores).toBeGreaterThanOrEqual(1);
    expect(environment.commit ?? '0'.repeat(40)).toMatch(/^[0-9a-f]{40}$/);
    expect(environment.date).toBe('1970-01-01T00:00:00.000Z');
  });
});
