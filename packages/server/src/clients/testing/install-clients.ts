import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDirectory } from '@foretoken/tensorflow';
import { NPM_PACKAGES, PYPI_PACKAGES } from './client-packages.js';

const execute = promisify(execFile);

/** What npm and pip say when nobody answers, or when they were told to stay offline. */
const UNREACHABLE =
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ERR_SOCKET_TIMEOUT|EHOSTUNREACH|ENETUNREACH|ENOTCACHED|NewConnectionError|ConnectTimeoutError|ReadTimeoutError|ProxyError|from versions: none/;

export type InstalledClients =
  | { readonly kind: 'installed'; readonly nodeModules: string; readonly pythonPath: string }
  | { readonly kind: 'unreachable'; readonly reason: string };

/**
 * Installs the clients into the cache, once for each set of versions and each Python. Where CI is set a registry that
 * can't be reached is an error like any other: there they must be tried.
 */
export async function installClients(): Promise<InstalledClients> {
  const { stdout: python } = await execute('python3', ['--version']);
  const set = JSON.stringify([NPM_PACKAGES, PYPI_PACKAGES, python, process.platform, process.arch]);
  const clients = join(cacheDirectory(), 'clients');
  const folder = join(clients, createHash('sha256').update(set).digest('hex').slice(0, 16));
  const installed = {
    kind: 'installed',
    nodeModules: join(folder, 'node_modules'),
    pythonPath: join(folder, 'python'),
  };
  if (existsSync(folder)) return installed as InstalledClients;
  await mkdir(clients, { recursive: true });
  const unfinished = await mkdtemp(join(clients, 'unfinished-'));
  try {
    await Promise.all([installNpmPackages(unfinished), installPypiPackages(unfinished)]);
    await rename(unfinished, folder);
    return installed as InstalledClients;
  } catch (error) {
    const said = error instanceof Error ? `${error.message}\n${'stderr' in error ? error.stderr : ''}` : String(error);
    if (process.env.CI !== undefined || !UNREACHABLE.test(said)) throw error;
    return { kind: 'unreachable', reason: `The clients were not tried, as a registry can't be reached: ${said}` };
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

async function installNpmPackages(folder: string): Promise<void> {
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies: NPM_PACKAGES }));
  // Clients that ask for a newer Node.js are tried on this one all the same, whatever npm was told of our own packages.
  const quietly = [
    '--engine-strict=false',
    '--no-audit',
    '--no-fund',
    '--no-package-lock',
    '--ignore-scripts',
    '--loglevel=error',
  ];
  await execute('npm', ['install', ...quietly], { cwd: folder });
}

async function installPypiPackages(folder: string): Promise<void> {
  const packages = Object.entries(PYPI_PACKAGES).map(([name, version]) => `${name}==${version}`);
  const quietly = [
    '--quiet',
    '--no-compile',
    '--no-warn-conflicts',
    '--only-binary=:all:',
    '--disable-pip-version-check',
  ];
  await execute('python3', ['-m', 'pip', 'install', ...quietly, '--target', join(folder, 'python'), ...packages]);
}
