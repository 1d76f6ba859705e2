import { build, commandLine } from './bootstrap/build.mjs';
import { installDependencies } from './bootstrap/dependencies.mjs';
import { exitWith } from './bootstrap/failure.mjs';
import { requireNode } from './bootstrap/node-version.mjs';
import { obtainPnpm } from './bootstrap/pnpm.mjs';
import { run } from './bootstrap/run.mjs';

await exitWith(async () => {
  requireNode();
  const env = await obtainPnpm();
  await installDependencies(env);
  await build(env, { filter: 'foretoken' });
  const args = [commandLine, 'demo', ...process.argv.slice(2)];
  return (await run(process.execPath, args, { cwd: process.cwd() })).code;
});
