import { basename, dirname, join } from 'node:path';
import { closeAll, joinWeights } from '../joined-weights.js';
import { openPart } from '../open-part.js';
import type { WeightsFile } from '../weights-file.js';
import { WeightsFormatError } from '../weights-format-error.js';
import { enforceLimit, type WeightsLimits } from '../weights-limits.js';
import { openGguf } from './open-gguf.js';
import { splitPartNames } from './split-name.js';

/** How many files a GGUF file is split into; 1 for a whole one. */
export function splitCountOf({ metadata }: WeightsFile): number {
  const count = metadata.get('split.count') ?? 1;
  return typeof count === 'number' && count > 1 ? count : 1;
}

/**
 * Opens all parts of a GGUF file that llama.cpp split; `path` is one of them, the others lie beside it. The first has
 * the metadata. Throws `WeightsFormatError` for a part that is missing or belongs to another model.
 */
export async function openSplitGguf(path: string, count: number, limits: WeightsLimits): Promise<WeightsFile> {
  enforceLimit(limits, 'maxShards', count, `The number of parts of ${path}`);
  const names = splitPartNames(basename(path));
  if (names?.length !== count) {
    throw new WeightsFormatError(
      'weights-missing-shard',
      `${path} is one of ${count} parts, which must be named like model-00001-of-${String(count).padStart(5, '0')}.gguf. Give them their names back.`,
      { path, count },
    );
  }
  const files: WeightsFile[] = [];
  try {
    for (const name of names) {
      const part = join(dirname(path), name);
      const missing = `${path} is a part of a split file, but its part ${part} can't be opened. Fetch all of them.`;
      files.push(await openPart(part, missing, (source) => openGguf(source, limits)));
    }
    const holders = new Map<string, WeightsFile>();
    for (const [index, file] of files.entries()) {
      checkPart(file, index, count, names[index] ?? '');
      for (const tensor of file.tensors.keys()) {
        if (holders.has(tensor)) {
          throw new WeightsFormatError(
            'weights-duplicate',
            `Tensor ${JSON.stringify(tensor)} is in two parts of ${path}.`,
            { tensor },
          );
        }
        holders.set(tensor, file);
      }
    }
    const metadata = files[0]?.metadata ?? new Map();
    const announced = metadata.get('split.tensors.count') ?? holders.size;
    if (announced !== holders.size) {
      throw new WeightsFormatError(
        'weights-malformed',
        `The parts of ${path} have ${holders.size} tensors together; the first announces ${String(announced)}. They don't belong together; fetch them again.`,
        { announced, tensors: holders.size },
      );
    }
    return joinWeights({ name: path, format: 'gguf', metadata, holders, files });
  } catch (error) {
    await closeAll(files);
    throw error;
  }
}

function checkPart(file: WeightsFile, index: number, count: number, name: string): void {
  const [number, of] = [file.metadata.get('split.no'), splitCountOf(file)];
  if (number === index && of === count) return;
  throw new WeightsFormatError(
    'weights-malformed',
    `${name} says that it is part ${Number(number) + 1} of ${of}, not ${index + 1} of ${count}. Fetch it again.`,
    { name, number, of },
  );
}
