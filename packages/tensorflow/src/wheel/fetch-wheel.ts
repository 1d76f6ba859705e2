import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { TensorFlowError } from '../errors.js';
import type { ProgressListener } from '../progress.js';
import { type CommandResult, runCommand } from '../run-command.js';
import { hashFile } from './hash-file.js';

/** A file of a package on PyPI. */
export interface Wheel {
  readonly package: string;
  readonly version: string;
  /** Of the file. */
  readonly name: string;
  /** SHA-256 in hexadecimal. */
  readonly sha256: string;
  /** Size in bytes; only used to report progress. */
  readonly size?: number;
}

export interface FetchWheelOptions extends Wheel {
  /** The folder that receives the wheel; made when missing. */
  readonly directory: string;
  readonly onProgress?: ProgressListener | undefined;
}

/** What a wheel for every Python 3 is asked for as: a bare "3" means 3.0 to pip, which "Requires-Python: >=3.9" refuses. */
const ANY_PYTHON_3 = '3.12';

/** Often enough for a smooth progress bar, seldom enough to cost nothing. */
const WATCH_INTERVAL_MS = 250;
/** Prefix of the folder that a download is collected in. */
const PARTIAL = '.partial-';
/** No download takes this long: what is older was left by a process that was killed. */
const ABANDONED_MS = 6 * 3_600_000;

/**
 * Fetches one wheel from PyPI with `python3 -m pip download` and checks its hash. A file that is already in
 * `directory` with the right hash is taken without any network.
 *
 * @returns the path of the wheel.
 * @throws {TensorFlowError} `no-pip`, `download-failed`, `hash-mismatch`.
 */
export async function fetchWheel(options: FetchWheelOptions): Promise<string> {
  await mkdir(options.directory, { recursive: true });
  const path = join(options.directory, options.name);
  if (await isIntact(path, options.sha256)) return path;
  await removeAbandoned(options.directory);
  const temporary = await mkdtemp(join(options.directory, PARTIAL));
  try {
    await download(options, temporary);
    await adopt(options, temporary);
    return path;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function removeAbandoned(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (!name.startsWith(PARTIAL)) continue;
    const path = join(directory, name);
    const found = await stat(path).catch(() => undefined);
    if (found && Date.now() - found.mtimeMs > ABANDONED_MS) await rm(path, { recursive: true, force: true });
  }
}

async function isIntact(path: string, sha256: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  if (!found) return false;
  if ((await hashFile(path)) === sha256) return true;
  await rm(path, { force: true });
  return false;
}

async function download(options: FetchWheelOptions, into: string): Promise<void> {
  const { size, onProgress } = options;
  const step = `download ${options.package} ${options.version}`;
  onProgress?.({ kind: 'start', step });
  const watch = setInterval(() => {
    sizeOfFolder(into).then(
      // pip copies the file once more at the end: for a moment the folder holds it twice.
      (found) => onProgress?.({ kind: 'advance', step, done: Math.min(found, size ?? found), total: size }),
      () => undefined,
    );
  }, WATCH_INTERVAL_MS);
  let result: CommandResult;
  try {
    result = await runCommand({
      command: 'python3',
      arguments: ['-m', 'pip', ...pipArguments(options, into)],
      // pip collects a download in its temporary folder first: having it here makes progress visible and cleaning up certain.
      environment: { TMPDIR: into, PIP_DISABLE_PIP_VERSION_CHECK: '1', PIP_NO_INPUT: '1' },
    });
  } finally {
    clearInterval(watch);
  }
  if (result.kind === 'missing' || result.output.includes('No module named pip')) {
    throw new TensorFlowError(
      'no-pip',
      `${options.package} ${options.version} is fetched with "python3 -m pip", which was not found. Install python3 and pip (Debian: apt install python3-pip).`,
    );
  }
  if (result.status !== 0) {
    throw new TensorFlowError(
      'download-failed',
      `pip could not download ${options.package}==${options.version} (status ${result.status}): ${lastLines(result.output)}`,
    );
  }
  onProgress?.({ kind: 'finish', step });
}

/** Names the file's own tags, so that the version of the installed Python does not matter. */
function pipArguments(options: FetchWheelOptions, into: string): string[] {
  const common = ['download', '--no-deps', '--only-binary=:all:', '--progress-bar=off', '--dest', into];
  const requirement = `${options.package}==${options.version}`;
  // name-version-python-abi-platform.whl, where the platform may be several tags joined by dots.
  const [python = 'py3', abi = 'none', platform = 'any'] = options.name
    .replace(/\.whl$/, '')
    .split('-')
    .slice(-3);
  const platforms = platform.split('.').flatMap((tag) => ['--platform', tag]);
  const version = python.startsWith('cp') ? `${python.slice(2, 3)}.${python.slice(3)}` : ANY_PYTHON_3;
  const implementation = python.startsWith('cp') ? 'cp' : 'py';
  const tags = ['--implementation', implementation, '--python-version', version, '--abi', abi];
  return [...common, ...platforms, ...tags, requirement];
}

async function adopt(options: FetchWheelOptions, temporary: string): Promise<void> {
  const found = (await readdir(temporary)).find((name) => name.endsWith('.whl'));
  if (found !== options.name) {
    throw new TensorFlowError(
      'download-failed',
      `pip gave ${found ?? 'no wheel'} for ${options.package}==${options.version}; expected ${options.name}.`,
    );
  }
  const hash = await hashFile(join(temporary, found));
  if (hash !== options.sha256) {
    throw new TensorFlowError(
      'hash-mismatch',
      `${found} has SHA-256 ${hash}, expected ${options.sha256}. The file was discarded; check where pip takes its packages from.`,
    );
  }
  await rename(join(temporary, found), join(options.directory, found));
}

async function sizeOfFolder(directory: string): Promise<number> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  let size = 0;
  for (const entry of entries.filter((one) => one.isFile())) {
    const found = await stat(join(entry.parentPath, entry.name)).catch(() => undefined);
    size += found?.size ?? 0;
  }
  return size;
}

function lastLines(output: string): string {
  return output.trim().split('\n').slice(-3).join(' | ');
}
