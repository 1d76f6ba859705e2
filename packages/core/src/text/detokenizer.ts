import type { IncrementalDetokenizer } from '../contracts/text-codec.js';
import type { DecodeOptions } from './tokenizer.js';
import type { Vocabulary } from './vocabulary.js';

/** Decodes the bytes of tokens as they come; the decoder holds the beginning of a character until it is whole. */
export function createDetokenizer(
  vocabulary: Vocabulary,
  options: DecodeOptions & { /** The encoder puts a space before a text. */ readonly prefixesSpace: boolean },
): IncrementalDetokenizer {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
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
      return decoder.decode(bytes, { stream: true });
    },
    finish: () => decoder.decode(),
  };
}
