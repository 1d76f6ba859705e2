import { type ByteSource, requireInside } from '../byte-source.js';

/** The bytes of a file that is in memory. */
export function memorySource(bytes: Uint8Array): ByteSource {
  return {
    path: 'memory',
    size: bytes.length,
    async read(offset, length) {
      requireInside('memory', bytes.length, offset, length);
      return bytes.slice(offset, offset + length);
    },
    async close() {},
  };
}
