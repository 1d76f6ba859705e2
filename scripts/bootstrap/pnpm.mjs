import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, delimiter, join } from 'node:path';
import { StepFailure } from './failure.mjs';
import { run } from './run.mjs';
import { cacheDirectory, manifest, root } from './workspace.mjs';

/**
 * Makes the pinned pnpm available, fetching it once into the cache.
 *
 * @returns {Promise<NodeJS.ProcessEnv>} An environment in which `pnpm` is that pnpm.
 */
export async function obtainPnpm() {
  const version = /^pnpm@([\d.]+)/.exec(manifest.packageManager)?.[1];
  if (!version) throw new Error(`packageManager in package.json is ${manifest.packageManager}, expected pnpm@x.y.z`);
  const folder = join(cacheDirectory(), `pnpm-${version}`);
  if ((await installedVersion(folder)) !== version) await fetchPnpm({ version, folder });
  return {
    ...process.env,
    PATH: `${join(folder, 'node_modules', '.bin')}${delimiter}${process.env.PATH ?? ''}`,
    TURBO_TELEMETRY_DISABLED: '1',
    TURBO_NO_UPDATE_NOTIFIER: '1',
    // Without it turbo would start a background daemon that outlives the command.
    TURBO_DAEMON: '0',
  };
}

/** @param {string} folder */
async function installedVersion(folder) {
  try {
    return JSON.parse(await readFile(join(folder, 'node_modules', 'pnpm', 'package.json'), 'utf8')).version;
  } catch {
    return undefined;
  }
}

/** @param {{ version: string, folder: string }} options */
async function fetchPnpm({ version, folder }) {
  console.log(`› fetching pnpm ${version}`);
  // Installed beside its place and renamed, so that an interrupted or a concurrent fetch leaves no half of it there.
  const partial = `${folder}.${process.pid}.partial`;
  await mkdir(partial, { recursive: true });
  try {
    const [npm, ...npmArgs] = npmCommand();
    const args = ['install', '--prefix', partial, '--no-audit', '--no-fund', '--no-save', `pnpm@${version}`];
    const { code, output } = await run(npm, [...npmArgs, ...args], { cwd: partial, output: 'keep' });
    if (code !== 0) {
      throw new StepFailure(
        `pnpm ${version} could not be fetched: npm ended with code ${code}.\n${output.trim()}`,
        'Check that npm reaches its registry ("npm ping"), then run the command again.',
      );
    }
    const entry = join(partial, 'node_modules', 'pnpm', 'bin', 'pnpm.cjs');
    const check = await run(process.execPath, [entry, '--version'], { cwd: partial, output: 'keep' });
    if (check.output.trim() !== version) {
      throw new StepFailure(
        `pnpm ${version} was fetched but does not run: ${check.output.trim()}`,
        `Remove ${folder} and run the command again.`,
      );
    }
    await rm(folder, { recursive: true, force: true });
    await rename(partial, folder).catch((error) => {
      // Another process put the same version there between the two lines above.
      if (!existsSync(join(folder, 'node_modules', 'pnpm'))) throw error;
    });
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

/** @returns {[string, ...string[]]} The npm that runs this script, else the one on the PATH. */
function npmCommand() {
  const running = process.env.npm_execpath;
  if (running && basename(running).startsWith('npm')) return [process.execPath, running];
  return ['npm'];
}

/**
 * Runs the pinned pnpm in the repository root.
 *
 * @param {NodeJS.ProcessEnv} env From obtainPnpm.
 * @param {readonly string[]} args
 */
export async function pnpm(env, args) {
  return (await run('pnpm', args, { cwd: root, env })).code;
}
