import type { IncrementalDetokenizer } from '../contracts/text-codec.js';
import type { DecodeOptions } from './tokenizer.js';
import type { Vocabulary } from './vocabulary.js';

/** Collects the bytes of tokens and lets go of whole characters. */
export function createDetokenizer(
  vocabulary: Vocabulary,
  options: DecodeOptions & { /** The encoder puts a space before a text. */ readonly prefixesSpace: boolean },
): IncrementalDetokenizer {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let held = new Uint8Array(0);
  let atStart = options.prefixesSpace && options.continuation !== true;

  return {
    push(token) {
      const special = vocabulary.isSpecial(token);
      if (special && options.skipSpecialTokens === true) return '';
      let bytes = vocabulary.bytesOf(token);
      if (atStart && !special && bytes.length > 0) {
        if (bytes[0] === 0x20) bytes = bytes.subarray(1);
        atStart = false;
      }
      const all = new Uint8Array(held.length + bytes.length);
      all.set(held);
      all.set(bytes, held.length);
      const whole = all.length - incompleteTail(all);
      held = all.slice(whole);
      return decoder.decode(all.subarray(0, whole));
    },
    finish() {
      const rest = decoder.decode(held);
      held = new Uint8Array(0);
      return rest;
    },
  };
}

/**
 * Number of bytes at the end (0 … 3) that are the beginning of a character which more bytes could complete.
 * Source: The Unicode Standard, table 3-7 (well-formed UTF-8 byte sequences).
 */
export function incompleteTail(bytes: Uint8Array): number {
  for (let tail = 1; tail <= 3 && tail <= bytes.length; tail++) {
    const lead = bytes[bytes.length - tail] ?? 0;
    if (lead < 0x80) return 0;
    if (lead < 0xc0) continue;
    const length =
      lead >= 0xc2 && lead <= 0xdf ? 2 : lead >= 0xe0 && lead <= 0xef ? 3 : lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
    if (tail >= length) return 0;
    if (tail === 1) return tail;
    const second = bytes[bytes.length - tail + 1] ?? 0;
    const lowest = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
    const highest = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
    return second >= lowest && second <= highest ? tail : 0;
  }
  return 0;
}
