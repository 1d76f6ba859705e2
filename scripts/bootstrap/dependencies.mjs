import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StepFailure } from './failure.mjs';
import { pnpm } from './pnpm.mjs';
import { root } from './workspace.mjs';

/**
 * Installs what the lockfile names. Does nothing, and needs no network, where node_modules already holds it.
 *
 * @param {NodeJS.ProcessEnv} env From obtainPnpm.
 */
export async function installDependencies(env) {
  const stamp = join(root, 'node_modules', '.foretoken-install');
  const wanted = await fingerprint();
  if ((await readFile(stamp, 'utf8').catch(() => '')) === wanted) return;
  console.log('› installing dependencies');
  // --prod=false: also where NODE_ENV says production, as building needs the development dependencies.
  const args = ['install', '--frozen-lockfile', '--prefer-offline', '--prod=false'];
  const reporter = process.stdout.isTTY ? [] : ['--reporter=append-only'];
  const code = await pnpm(env, [...args, ...reporter]);
  if (code !== 0) {
    throw new StepFailure(
      `The dependencies could not be installed: pnpm ended with code ${code}.`,
      'If the lockfile is out of date, run "node scripts/pnpm.mjs install"; otherwise check that npm reaches its registry ("npm ping").',
    );
  }
  await writeFile(stamp, wanted);
}

/** Changes with everything that decides what node_modules must hold. */
async function fingerprint() {
  const hash = createHash('sha256').update(`${process.versions.node} ${process.platform} ${process.arch}\n`);
  const packages = readdirSync(join(root, 'packages')).map((name) => join('packages', name, 'package.json'));
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json', ...packages.sort()]) {
    if (existsSync(join(root, file))) hash.update(`${file}\n`).update(await readFile(join(root, file)));
  }
  return hash.digest('hex');
}
