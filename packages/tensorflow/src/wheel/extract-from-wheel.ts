import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, resolve, sep } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Entry, open, type ZipFile } from 'yauzl';
import { TensorFlowError } from '../errors.js';
import type { ProgressListener } from '../progress.js';

interface ExtractOptions {
  /** Takes an entry's name (with `/` between folders) and says whether to unpack it. */
  readonly pick: (entry: string) => boolean;
  /** The folder to unpack into; made when missing. Files already there are overwritten. */
  readonly directory: string;
  readonly onProgress?: ProgressListener | undefined;
}

/**
 * Unpacks chosen files of a wheel (a zip archive) as streams, so the archive may be larger than memory.
 *
 * @returns the paths of the files written, in the archive's order; an empty list when `pick` took none.
 * @throws {TensorFlowError} `bad-archive`: not a readable zip, a damaged entry, or a name that leaves `directory`.
 */
export async function extractFromWheel(wheelPath: string, options: ExtractOptions): Promise<string[]> {
  try {
    return await extract(wheelPath, options);
  } catch (cause) {
    if (cause instanceof TensorFlowError) throw cause;
    // A full disk is not the archive's fault: file system errors pass as they are.
    if (cause instanceof Error && 'syscall' in cause) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TensorFlowError(
      'bad-archive',
      `${wheelPath} can't be unpacked: ${reason}. Delete it and fetch it again.`,
      { cause },
    );
  }
}

async function extract(wheelPath: string, options: ExtractOptions): Promise<string[]> {
  const zip = await openZip(wheelPath);
  try {
    const picked = (await readEntries(zip)).filter(
      (entry) => !entry.fileName.endsWith('/') && options.pick(entry.fileName),
    );
    const total = picked.reduce((sum, entry) => sum + entry.uncompressedSize, 0);
    const step = `unpack ${wheelPath.slice(wheelPath.lastIndexOf(sep) + 1)}`;
    options.onProgress?.({ kind: 'start', step });
    const written: string[] = [];
    let done = 0;
    for (const entry of picked) {
      const target = targetInside(options.directory, entry.fileName);
      await mkdir(dirname(target), { recursive: true });
      const stream = await openEntry(zip, entry);
      stream.on('data', (chunk: Buffer) => {
        done += chunk.length;
        options.onProgress?.({ kind: 'advance', step, done, total });
      });
      await pipeline(stream, createWriteStream(target, { mode: modeOf(entry) }));
      written.push(target);
    }
    options.onProgress?.({ kind: 'finish', step });
    return written;
  } finally {
    zip.close();
  }
}

/** CUDA's wheels carry a program (ptxas) that TensorFlow starts. */
function modeOf(entry: Entry): number {
  const isProgram = ((entry.externalFileAttributes >>> 16) & 0o111) !== 0;
  return isProgram ? 0o755 : 0o644;
}

/** yauzl refuses `..` and absolute names too; this guard does not depend on that. */
function targetInside(directory: string, entry: string): string {
  const root = resolve(directory);
  const target = resolve(root, entry);
  if (!target.startsWith(root + sep)) {
    throw new TensorFlowError(
      'bad-archive',
      `The archive entry ${JSON.stringify(entry)} would be written outside ${root}.`,
    );
  }
  return target;
}

function openZip(path: string): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    open(path, { lazyEntries: true, autoClose: false, validateEntrySizes: true }, (error, zip) =>
      error ? reject(error) : resolve(zip),
    );
  });
}

function readEntries(zip: ZipFile): Promise<Entry[]> {
  return new Promise((resolve, reject) => {
    const entries: Entry[] = [];
    zip.on('entry', (entry: Entry) => {
      entries.push(entry);
      zip.readEntry();
    });
    zip.on('end', () => resolve(entries));
    zip.on('error', reject);
    zip.readEntry();
  });
}

function openEntry(zip: ZipFile, entry: Entry): Promise<Readable> {
  return new Promise((resolve, reject) => {
    zip.openReadStream(entry, (error, stream) => (error ? reject(error) : resolve(stream)));
  });
}
