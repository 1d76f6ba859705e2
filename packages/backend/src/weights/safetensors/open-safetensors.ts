import { Buffer } from 'node:buffer';
import type { ByteSource } from '../byte-source.js';
import { StoredTensors } from '../stored-tensors.js';
import { checkPlacement } from '../tensor-layout.js';
import type { TensorInfo, WeightsFile } from '../weights-file.js';
import { WeightsFormatError } from '../weights-format-error.js';
import { enforceLimit, type WeightsLimits } from '../weights-limits.js';
import { readSafetensorsHeader } from './read-header.js';

/** The header's own length, before it. */
const LENGTH_BYTES = 8;

/**
 * Reads and checks the header of a safetensors file. As the reference implementation does, it refuses data that no
 * tensor covers (specification: README of huggingface/safetensors).
 */
export async function openSafetensors(source: ByteSource, limits: WeightsLimits): Promise<WeightsFile> {
  const prefix = await source.read(0, LENGTH_BYTES);
  const headerBytes = Number(new DataView(prefix.buffer).getBigUint64(0, true));
  const dataStart = LENGTH_BYTES + headerBytes;
  if (dataStart > source.size) {
    throw new WeightsFormatError(
      'weights-truncated',
      `${source.path} has ${source.size} bytes, but its header alone should take ${dataStart}. It is truncated, or not a safetensors file.`,
      { size: source.size, needed: dataStart },
    );
  }
  enforceLimit(limits, 'maxHeaderBytes', headerBytes, `The header of ${source.path}`);
  const text = Buffer.from((await source.read(LENGTH_BYTES, headerBytes)).buffer).toString('utf8');
  const header = readSafetensorsHeader(text, dataStart, source.path, limits);
  checkPlacement(header.tensors.values(), source.size, source.path);
  checkCoverage(header.tensors.values(), source.size - dataStart, source.path);
  return new StoredTensors('safetensors', header, source);
}

/** Without overlaps, as many tensor bytes as data bytes means that there are no holes. */
function checkCoverage(tensors: Iterable<TensorInfo>, dataBytes: number, name: string): void {
  let covered = 0;
  for (const tensor of tensors) covered += tensor.byteLength;
  if (covered === dataBytes) return;
  throw new WeightsFormatError(
    'weights-malformed',
    `${name} has ${dataBytes} bytes of data, but its tensors cover ${covered}. It is damaged, or something is hidden in it.`,
    { dataBytes, covered },
  );
}
