import { ByteCursor, HeaderContinues } from '../byte-cursor.js';
import type { ByteSource } from '../byte-source.js';
import { StoredTensors } from '../stored-tensors.js';
import { checkPlacement } from '../tensor-layout.js';
import type { TensorInfo, WeightsFile, WeightsHeader } from '../weights-file.js';
import { malformedTensor, WeightsFormatError } from '../weights-format-error.js';
import { enforceLimit, type WeightsLimits } from '../weights-limits.js';
import { readMetadata } from './read-metadata.js';
import { readTensorInfos } from './read-tensor-infos.js';

/** `GGUF` in a file's first four bytes. */
export const GGUF_MAGIC = 0x46554747;

/** Where tensors lie when the metadata does not say (`general.alignment`). */
const DEFAULT_ALIGNMENT = 32;

/** Holds the header of most models; longer ones are parsed again with twice as much. */
const FIRST_READ_BYTES = 4 * 1024 * 1024;

/** Reads and checks the header of a GGUF file, version 2 or 3, little-endian (specification: ggml/docs/gguf.md). */
export async function openGguf(source: ByteSource, limits: WeightsLimits): Promise<WeightsFile> {
  return new StoredTensors('gguf', await readHeader(source, limits), source);
}

async function readHeader(source: ByteSource, limits: WeightsLimits): Promise<WeightsHeader> {
  const most = Math.min(source.size, limits.maxHeaderBytes);
  let length = Math.min(FIRST_READ_BYTES, most);
  for (;;) {
    const prefix = await source.read(0, length);
    try {
      return parseHeader(new ByteCursor(prefix, source.size, source.path), source, limits);
    } catch (error) {
      if (!(error instanceof HeaderContinues)) throw error;
      enforceLimit(limits, 'maxHeaderBytes', error.neededBytes, `The header of ${source.path}`);
      length = Math.min(Math.max(2 * length, error.neededBytes), most);
    }
  }
}

function parseHeader(cursor: ByteCursor, source: ByteSource, limits: WeightsLimits): WeightsHeader {
  checkIdentity(cursor, source.path);
  const tensorCount = cursor.size('the number of tensors');
  const metadata = readMetadata(cursor, cursor.size('the number of metadata entries'), limits);
  const alignment = alignmentOf(metadata);
  const relative = readTensorInfos(cursor, tensorCount, limits);
  const dataStart = Math.ceil(cursor.position / alignment) * alignment;
  const tensors = new Map<string, TensorInfo>();
  for (const tensor of relative.values()) {
    if (tensor.byteOffset % alignment !== 0) {
      const { name, byteOffset } = tensor;
      throw malformedTensor(name, `begins at ${byteOffset}, not a multiple of the alignment ${alignment}`);
    }
    tensors.set(tensor.name, { ...tensor, byteOffset: dataStart + tensor.byteOffset });
  }
  checkPlacement(tensors.values(), source.size, source.path);
  return { metadata, tensors };
}

function checkIdentity(cursor: ByteCursor, name: string): void {
  const magic = cursor.uint32();
  if (magic !== GGUF_MAGIC) {
    throw new WeightsFormatError(
      'weights-unknown-format',
      `${name} is not a GGUF file: it begins with 0x${magic.toString(16).padStart(8, '0')}, not with "GGUF".`,
    );
  }
  const version = cursor.uint32();
  if (version === 2 || version === 3) return;
  // Versions are small: a number in the upper half only was written by a big-endian machine.
  const reason =
    version !== 0 && (version & 0xffff) === 0 ? 'is big-endian' : `has GGUF version ${version}, not 2 or 3`;
  throw new WeightsFormatError(
    'weights-unsupported-version',
    `${name} ${reason}. Convert it with a current llama.cpp.`,
    { version },
  );
}

function alignmentOf(metadata: WeightsHeader['metadata']): number {
  const alignment = metadata.get('general.alignment') ?? DEFAULT_ALIGNMENT;
  if (
    typeof alignment === 'number' &&
    alignment >= 1 &&
    alignment <= 2 ** 31 &&
    Number.isInteger(Math.log2(alignment))
  ) {
    return alignment;
  }
  throw new WeightsFormatError('weights-malformed', `general.alignment is ${String(alignment)}, not a power of two.`);
}
