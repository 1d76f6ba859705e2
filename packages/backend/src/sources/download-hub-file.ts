import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { hashFile } from '@foretoken/tensorflow';
import type { ProgressListener } from '@foretoken/tensorflow/status';
import type { ListFileEntry } from '@huggingface/hub';
import type { ManifestFile } from './model-manifest.js';
import { ModelFetchError } from './source-errors.js';

/**
 * Downloads one file into `folder` and checks it. A download that broke off is continued from its `.partial` file.
 *
 * @param open gives the file as a blob whose slices are fetched when read.
 * @throws {ModelFetchError} `model-hash-mismatch`: another size or hash than the hub announced.
 */
export async function downloadHubFile(
  entry: ListFileEntry,
  folder: string,
  open: () => Promise<Blob>,
  onProgress: ProgressListener | undefined,
): Promise<ManifestFile> {
  const target = join(folder, ...entry.path.split('/'));
  const partial = `${target}.partial`;
  await mkdir(dirname(target), { recursive: true });
  const present = await checked(target, entry);
  if (present) return present;
  const step = `download ${entry.path}`;
  onProgress?.({ kind: 'start', step });
  let done = await resumableBytes(partial, entry.size);
  if (done < entry.size) {
    const rest = (await open()).slice(done, entry.size);
    const counted = async function* (chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      for await (const chunk of chunks) {
        done += chunk.length;
        onProgress?.({ kind: 'advance', step, done, total: entry.size });
        yield chunk;
      }
    };
    await pipeline(Readable.fromWeb(rest.stream()), counted, createWriteStream(partial, { flags: 'a' }));
  } else if (entry.size === 0) {
    await pipeline(Readable.from([]), createWriteStream(partial));
  }
  const file = await checked(partial, entry);
  if (!file) {
    // Continuing from bytes that are wrong would fail for ever.
    await rm(partial, { force: true });
    throw new ModelFetchError(
      'model-hash-mismatch',
      `${entry.path} arrived with another size or hash than the hub announced, and was discarded. Try again.`,
      { path: entry.path, size: entry.size },
    );
  }
  await rename(partial, target);
  onProgress?.({ kind: 'finish', step });
  return file;
}

/** How much of an earlier attempt can be kept. */
async function resumableBytes(partial: string, size: number): Promise<number> {
  const found = await stat(partial).catch(() => undefined);
  if (found === undefined) return 0;
  if (found.size <= size) return found.size;
  await rm(partial, { force: true });
  return 0;
}

/** The file with its hash, if it is what the hub announced: LFS files have a SHA-256, others their git blob hash. */
async function checked(path: string, entry: ListFileEntry): Promise<ManifestFile | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (!found || found.size !== entry.size) return undefined;
  const sha256 = await hashFile(path);
  const right = entry.lfs
    ? entry.lfs.oid === sha256
    : entry.oid === undefined || entry.oid === (await gitBlobHash(path, entry.size));
  return right ? { path: entry.path, size: entry.size, sha256 } : undefined;
}

async function gitBlobHash(path: string, size: number): Promise<string> {
  const hash = createHash('sha1').update(`blob ${size}\0`);
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
