import { type FileHandle, open } from 'node:fs/promises';
import { WeightsFormatError } from './weights-format-error.js';

/** Random access to the bytes of a file. */
export interface ByteSource {
  readonly path: string;
  readonly size: number;
  /** Exactly `length` bytes from `offset`, in a fresh array whose buffer starts at the first byte. */
  read(offset: number, length: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Opens a file for reading by ranges. Throws `WeightsFormatError` with code `weights-not-found`. */
export async function openFileSource(path: string): Promise<ByteSource> {
  let handle: FileHandle;
  try {
    handle = await open(path, 'r');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new WeightsFormatError('weights-not-found', `Can't open ${path}: ${reason}.`, { path }, cause);
  }
  const { size } = await handle.stat();
  let closed = false;
  return {
    path,
    size,
    async read(offset, length) {
      if (closed) throw closedError(path);
      requireInside(path, size, offset, length);
      const bytes = new Uint8Array(length);
      let done = 0;
      while (done < length) {
        const { bytesRead } = await handle.read(bytes, done, length - done, offset + done);
        if (bytesRead === 0) throw truncated(path, offset + done, offset, length);
        done += bytesRead;
      }
      return bytes;
    },
    async close() {
      if (closed) return;
      closed = true;
      await handle.close();
    },
  };
}

/** Throws `WeightsFormatError` with code `weights-truncated` for bytes that a file does not have. */
export function requireInside(path: string, size: number, offset: number, length: number): void {
  if (offset < 0 || length < 0 || offset + length > size) throw truncated(path, size, offset, length);
}

function truncated(path: string, size: number, offset: number, length: number): WeightsFormatError {
  return new WeightsFormatError(
    'weights-truncated',
    `${path} ends at byte ${size}, but bytes ${offset} to ${offset + length} are needed. Fetch the file again.`,
    { size, offset, length },
  );
}

function closedError(path: string): WeightsFormatError {
  return new WeightsFormatError('weights-closed', `${path} was closed; open it again to read from it.`);
}
