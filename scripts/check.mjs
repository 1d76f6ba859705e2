import { join } from 'node:path';
import { exitWith, StepFailure } from './bootstrap/failure.mjs';
import { obtainPnpm } from './bootstrap/pnpm.mjs';
import { run } from './bootstrap/run.mjs';
import { root } from './bootstrap/workspace.mjs';
import { clearResults, countResults } from './test-results.mjs';

const bin = (/** @type {string} */ name) => join(root, 'node_modules', '.bin', name);

/** @type {readonly { name: string, commands: readonly (readonly [string, ...string[]])[], tests?: 'unit' | 'model' }[]} */
const CHECKS = [
  { name: 'lint and format', commands: [[bin('biome'), 'ci', '.']] },
  {
    name: 'types',
    commands: [
      [bin('tsc'), '--project', 'tsconfig.json'],
      [bin('turbo'), 'typecheck', '--continue', '--output-logs=errors-only'],
    ],
  },
  { name: 'boundaries', commands: [[bin('depcruise'), '--config', '.dependency-cruiser.cjs', 'packages']] },
  { name: 'unused code', commands: [[bin('knip')]] },
  { name: 'documentation', commands: [[process.execPath, 'scripts/check-docs.mjs']] },
  { name: 'packages', commands: [[bin('turbo'), 'package-lint', '--continue', '--output-logs=errors-only']] },
  {
    name: 'unit tests',
    tests: 'unit',
    commands: [[bin('turbo'), 'test', '--continue', '--concurrency=2', '--output-logs=errors-only']],
  },
  {
    name: 'model tests',
    tests: 'model',
    commands: [[bin('turbo'), 'test:model', '--continue', '--concurrency=1', '--output-logs=errors-only']],
  },
];

await exitWith(async () => {
  const args = process.argv.slice(2);
  const unknown = args.find((arg) => arg !== '--no-tests');
  if (unknown) throw new StepFailure(`Unknown option ${unknown}.`, 'The only option is --no-tests.');
  const env = await obtainPnpm();
  await clearResults();
  const rows = [];
  for (const check of CHECKS.filter(({ tests }) => !(tests && args.includes('--no-tests')))) {
    console.log(`\n› ${check.name}`);
    const start = performance.now();
    let failed = false;
    for (const [program, ...rest] of check.commands) {
      failed = (await run(program, rest, { cwd: root, env })).code !== 0 || failed;
    }
    const totals = check.tests ? await countResults(check.tests, { failed }) : undefined;
    rows.push({
      name: check.name,
      passed: !failed && (totals?.failed ?? 0) === 0,
      seconds: (performance.now() - start) / 1000,
      note: totals ? `${totals.passed} passed, ${totals.failed} failed, ${totals.skipped.length} skipped` : '',
    });
  }
  console.log('');
  for (const { name, passed, seconds, note } of rows) {
    const verdict = passed ? '✔ pass' : '✖ FAIL';
    console.log(`${verdict}  ${name.padEnd(16)} ${seconds.toFixed(1).padStart(7)} s  ${note}`.trimEnd());
  }
  return rows.every(({ passed }) => passed) ? 0 : 1;
});
