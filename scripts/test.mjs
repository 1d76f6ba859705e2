import { build, commandLine, turbo } from './bootstrap/build.mjs';
import { obtainChromium } from './bootstrap/chromium.mjs';
import { installDependencies } from './bootstrap/dependencies.mjs';
import { exitWith } from './bootstrap/failure.mjs';
import { requireNode } from './bootstrap/node-version.mjs';
import { obtainPnpm } from './bootstrap/pnpm.mjs';
import { run } from './bootstrap/run.mjs';
import { root } from './bootstrap/workspace.mjs';
import { clearResults, countResults } from './test-results.mjs';

await exitWith(async () => {
  requireNode();
  const env = await obtainPnpm();
  await installDependencies(env);
  await build(env);

  console.log('› obtaining TensorFlow and the model');
  const setup = await run(process.execPath, [commandLine, 'setup'], { cwd: root });

  await clearResults();
  console.log('› unit tests');
  const unit = await turbo(env, ['test', '--continue', '--concurrency=2', '--output-logs=new-only']);
  const totals = await countResults('unit', { failed: unit.code !== 0 });

  if (setup.code === 0) {
    await obtainChromium();
    console.log('› model tests');
    // One at a time: each loads the whole model and uses every core.
    const model = await turbo(env, ['test:model', '--continue', '--concurrency=1', '--output-logs=new-only']);
    const counted = await countResults('model', { failed: model.code !== 0 });
    totals.passed += counted.passed;
    totals.failed += counted.failed;
    totals.failures.push(...counted.failures);
    totals.skipped.push(...counted.skipped);
  } else {
    console.error('✖ TensorFlow or the model could not be obtained (see above), so the model tests did not run.');
    totals.failed += 1;
  }
  for (const name of totals.skipped) console.error(`⚠ skipped: ${name}`);
  for (const name of totals.failures) console.error(`✖ ${name}`);
  console.log(`${totals.passed} passed, ${totals.failed} failed`);
  return totals.failed === 0 ? 0 : 1;
});
