import type { ByteCursor } from '../byte-cursor.js';
import type { MetadataValue } from '../weights-file.js';
import { WeightsFormatError } from '../weights-format-error.js';
import { enforceLimit, type WeightsLimits } from '../weights-limits.js';

/** Length of a key, type of the value, and one byte of it: no entry is shorter. */
const LEAST_ENTRY_BYTES = 8 + 4 + 1;
const STRING = 8;
const ARRAY = 9;

/** Bytes that a value of each type takes at least, by the type's number (`enum gguf_type`). */
const LEAST_VALUE_BYTES: readonly number[] = [1, 1, 2, 2, 4, 4, 4, 1, 8, 12, 8, 8, 8];

/** Reads the key-value pairs that follow the counts. */
export function readMetadata(cursor: ByteCursor, count: number, limits: WeightsLimits): Map<string, MetadataValue> {
  enforceLimit(limits, 'maxMetadataEntries', count, 'The number of metadata entries');
  cursor.requireRoom(count, LEAST_ENTRY_BYTES, `${count} metadata entries`);
  const metadata = new Map<string, MetadataValue>();
  for (let i = 0; i < count; i++) {
    const key = readName(cursor, limits);
    if (metadata.has(key)) {
      throw new WeightsFormatError('weights-duplicate', `Metadata key ${JSON.stringify(key)} occurs twice.`, { key });
    }
    metadata.set(key, readValue(cursor, cursor.uint32(), limits, 0));
  }
  return metadata;
}

/** A metadata key or tensor name. */
export function readName(cursor: ByteCursor, limits: WeightsLimits): string {
  const length = cursor.size('the length of a name');
  enforceLimit(limits, 'maxNameBytes', length, 'The length of a name');
  return cursor.text(length);
}

function readValue(cursor: ByteCursor, type: number, limits: WeightsLimits, depth: number): MetadataValue {
  if (type === STRING) return readString(cursor, limits);
  if (type === ARRAY) return readArray(cursor, limits, depth + 1);
  return scalarReader(type, cursor.position)(cursor);
}

function readString(cursor: ByteCursor, limits: WeightsLimits): string {
  const length = cursor.size('the length of a string');
  enforceLimit(limits, 'maxStringBytes', length, 'The length of a metadata string');
  return cursor.text(length);
}

function readArray(cursor: ByteCursor, limits: WeightsLimits, depth: number): MetadataValue[] {
  enforceLimit(limits, 'maxArrayDepth', depth, 'The depth of nested metadata arrays');
  const type = cursor.uint32();
  const leastBytes = LEAST_VALUE_BYTES[type];
  if (leastBytes === undefined) throw unknownValueType(type, cursor.position);
  const length = cursor.size('the length of an array');
  enforceLimit(limits, 'maxArrayLength', length, 'The length of a metadata array');
  cursor.requireRoom(length, leastBytes, `${length} array elements`);
  const values: MetadataValue[] = [];
  if (type === STRING) for (let i = 0; i < length; i++) values.push(readString(cursor, limits));
  else if (type === ARRAY) for (let i = 0; i < length; i++) values.push(readArray(cursor, limits, depth + 1));
  else {
    const read = scalarReader(type, cursor.position);
    for (let i = 0; i < length; i++) values.push(read(cursor));
  }
  return values;
}

function scalarReader(type: number, position: number): (cursor: ByteCursor) => MetadataValue {
  const read = scalarReaders.get(type);
  if (read) return read;
  throw unknownValueType(type, position);
}

const scalarReaders: ReadonlyMap<number, (cursor: ByteCursor) => MetadataValue> = new Map<
  number,
  (cursor: ByteCursor) => MetadataValue
>([
  [0, (cursor) => cursor.uint8()],
  [1, (cursor) => cursor.int8()],
  [2, (cursor) => cursor.uint16()],
  [3, (cursor) => cursor.int16()],
  [4, (cursor) => cursor.uint32()],
  [5, (cursor) => cursor.int32()],
  [6, (cursor) => cursor.float32()],
  [7, readBoolean],
  [10, (cursor) => numberIfExact(cursor.uint64())],
  [11, (cursor) => numberIfExact(cursor.int64())],
  [12, (cursor) => cursor.float64()],
]);

function readBoolean(cursor: ByteCursor): boolean {
  const byte = cursor.uint8();
  if (byte <= 1) return byte === 1;
  throw new WeightsFormatError(
    'weights-malformed',
    `A boolean before byte ${cursor.position} is ${byte}, neither 0 nor 1.`,
  );
}

function numberIfExact(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function unknownValueType(type: number, position: number): WeightsFormatError {
  return new WeightsFormatError(
    'weights-malformed',
    `The metadata value type before byte ${position} is ${type}; GGUF knows 0 to 12. The file is damaged or newer than this reader.`,
    { type, position },
  );
}
