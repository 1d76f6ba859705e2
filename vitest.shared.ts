import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string): string => fileURLToPath(new URL(`./packages/${path}`, import.meta.url));

/** Tests import packages by their public names; these aliases run them against the sources, so no build can be stale. */
const sources = [
  { find: '@foretoken/backend/device', replacement: source('backend/src/device.ts') },
  { find: '@foretoken/backend', replacement: source('backend/src/index.ts') },
  { find: '@foretoken/core/errors', replacement: source('core/src/errors.ts') },
  { find: '@foretoken/core/text', replacement: source('core/src/text.ts') },
  { find: '@foretoken/core', replacement: source('core/src/index.ts') },
  { find: '@foretoken/draft', replacement: source('draft/src/index.ts') },
  { find: '@foretoken/verifier', replacement: source('verifier/src/index.ts') },
  { find: '@foretoken/adaptive', replacement: source('adaptive/src/index.ts') },
  { find: '@foretoken/tensorflow/status', replacement: source('tensorflow/src/status.ts') },
  { find: '@foretoken/tensorflow', replacement: source('tensorflow/src/index.ts') },
  { find: '@foretoken/operators', replacement: source('operators/src/index.ts') },
  { find: '@foretoken/speculation', replacement: source('speculation/src/index.ts') },
  { find: '@foretoken/server/configuration', replacement: source('server/src/configuration/index.ts') },
  { find: '@foretoken/structured-output', replacement: source('structured-output/src/index.ts') },
  { find: '@foretoken/server', replacement: source('server/src/index.ts') },
  { find: /^foretoken$/, replacement: source('foretoken/src/index.ts') },
];

/** One configuration for every package: `vitest run` for unit tests, `vitest run --mode model` for tests that need the real model. */
export const packageTests = defineConfig(({ mode }) => ({
  resolve: { alias: sources },
  test: {
    include: mode === 'model' ? ['src/**/*.model.test.ts'] : ['src/**/*.test.ts'],
    exclude: mode === 'model' ? [] : ['src/**/*.model.test.ts'],
    passWithNoTests: true,
    // The file is what `npm test` adds up; turbo keeps it with the task, so a cached run counts too.
    reporters: ['default', ['json', { outputFile: `.test-results/${mode === 'model' ? 'model' : 'unit'}.json` }]],
    // tfjs-node keeps process-global state: one thread a process may use it.
    pool: 'forks',
    maxWorkers: 1,
    testTimeout: mode === 'model' ? 600_000 : 60_000,
    hookTimeout: 600_000,
    // How long expect.poll waits: the default of one second is too little on a busy machine.
    expect: { poll: { timeout: 30_000 } },
  },
}));
