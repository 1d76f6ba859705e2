import { join } from 'node:path';
import { StepFailure } from './failure.mjs';
import { run } from './run.mjs';
import { root } from './workspace.mjs';

/** The built command line. */
export const commandLine = join(root, 'packages', 'foretoken', 'dist', 'cli.js');

/**
 * Builds packages; those whose sources did not change come from turbo's cache.
 *
 * @param {NodeJS.ProcessEnv} env From obtainPnpm.
 * @param {object} [options]
 * @param {string} [options.filter] Only this package and what it depends on. Defaults to all.
 */
export async function build(env, { filter } = {}) {
  console.log('› building (the first time takes about a minute)');
  const args = ['build', '--output-logs=errors-only', ...(filter ? [`--filter=${filter}...`] : [])];
  const { code, output } = await turbo(env, args, { output: 'keep' });
  if (code === 0) return;
  throw new StepFailure(`The build failed.\n${output.trim()}`, 'Mend what is named above and run the command again.');
}

/**
 * @param {NodeJS.ProcessEnv} env From obtainPnpm.
 * @param {readonly string[]} args
 * @param {{ output?: 'show' | 'keep' }} [options]
 */
export function turbo(env, args, { output = 'show' } = {}) {
  const program = join(root, 'node_modules', 'turbo', 'bin', 'turbo');
  return run(process.execPath, [program, ...args], { cwd: root, env, output });
}
