import { Buffer } from 'node:buffer';
import { WeightsFormatError } from './weights-format-error.js';

/** Thrown when the bytes at hand end but the file goes on: the header must be parsed again with more of it. */
export class HeaderContinues extends Error {
  /** How many bytes from the start of the file are needed at least. */
  readonly neededBytes: number;

  constructor(neededBytes: number) {
    super(`The header goes on to byte ${neededBytes} at least.`);
    this.neededBytes = neededBytes;
  }
}

/**
 * Reads little-endian values one after the other from the beginning of a file. Every length is checked against
 * the size of the file before anything is allocated for it.
 */
export class ByteCursor {
  readonly #bytes: Buffer;
  readonly #view: DataView;
  readonly #fileSize: number;
  readonly #name: string;
  #position = 0;

  /** @param prefix the first bytes of the file. @param fileSize its whole size. @param name for messages. */
  constructor(prefix: Uint8Array, fileSize: number, name: string) {
    this.#bytes = Buffer.from(prefix.buffer, prefix.byteOffset, prefix.byteLength);
    this.#view = new DataView(prefix.buffer, prefix.byteOffset, prefix.byteLength);
    this.#fileSize = fileSize;
    this.#name = name;
  }

  get position(): number {
    return this.#position;
  }

  uint8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  int8(): number {
    return this.#view.getInt8(this.#advance(1));
  }

  uint16(): number {
    return this.#view.getUint16(this.#advance(2), true);
  }

  int16(): number {
    return this.#view.getInt16(this.#advance(2), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  int32(): number {
    return this.#view.getInt32(this.#advance(4), true);
  }

  float32(): number {
    return this.#view.getFloat32(this.#advance(4), true);
  }

  float64(): number {
    return this.#view.getFloat64(this.#advance(8), true);
  }

  uint64(): bigint {
    return this.#view.getBigUint64(this.#advance(8), true);
  }

  int64(): bigint {
    return this.#view.getBigInt64(this.#advance(8), true);
  }

  /** A 64-bit count, length or offset. One that a number can't hold exactly can't be meant. */
  size(what: string): number {
    const offset = this.#advance(8);
    const value = this.#view.getUint32(offset, true) + this.#view.getUint32(offset + 4, true) * 2 ** 32;
    if (Number.isSafeInteger(value)) return value;
    throw new WeightsFormatError(
      'weights-malformed',
      `${this.#name}: ${what} at byte ${offset} is ${value}, which is absurd.`,
    );
  }

  /** UTF-8 text of `length` bytes; invalid sequences become U+FFFD. */
  text(length: number): string {
    const start = this.#advance(length);
    return this.#bytes.toString('utf8', start, start + length);
  }

  /** Refuses a count of things of at least `bytesEach` bytes that the rest of the file can't hold. */
  requireRoom(count: number, bytesEach: number, what: string): void {
    const left = this.#fileSize - this.#position;
    if (count * bytesEach <= left) return;
    throw new WeightsFormatError(
      'weights-truncated',
      `${this.#name}: ${what} need at least ${count * bytesEach} bytes from byte ${this.#position} on, but the file has ${left} left. It is truncated or damaged; fetch it again.`,
      { position: this.#position, left, needed: count * bytesEach },
    );
  }

  #advance(length: number): number {
    const start = this.#position;
    const end = start + length;
    if (end > this.#bytes.length) {
      this.requireRoom(length, 1, 'the next header field');
      throw new HeaderContinues(end);
    }
    this.#position = end;
    return start;
  }
}
