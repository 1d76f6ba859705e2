/*
 * The byte alphabet of GPT-2: every byte has a printable character, so that a vocabulary of byte strings can be
 * written as text. Printable Latin-1 characters stand for themselves, the others for U+0100 and up, in order.
 * Source: Radford et al., "Language Models are Unsupervised Multitask Learners" (2019), `encoder.py`.
 */
export const characterOfByte: readonly string[] = alphabet();
const byteOfCharacter: ReadonlyMap<string, number> = new Map(
  characterOfByte.map((character, byte) => [character, byte]),
);

const encoder = new TextEncoder();

/** Spells the UTF-8 bytes of a text in the byte alphabet. */
export function toByteAlphabet(text: string): string {
  return spellBytes(encoder.encode(text));
}

/** Spells bytes in the byte alphabet of GPT-2: one printable character a byte, so that any bytes can travel as text. */
export function spellBytes(bytes: Uint8Array): string {
  let spelled = '';
  for (const byte of bytes) spelled += characterOfByte[byte] ?? '';
  return spelled;
}

/** The bytes that a text in the byte alphabet stands for; `undefined` when it has a character outside of it. */
export function fromByteAlphabet(spelled: string): Uint8Array | undefined {
  const bytes = new Uint8Array(spelled.length);
  for (let i = 0; i < spelled.length; i++) {
    const byte = byteOfCharacter.get(spelled.charAt(i));
    if (byte === undefined) return undefined;
    bytes[i] = byte;
  }
  return bytes;
}

function alphabet(): string[] {
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => {
    const printable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    return String.fromCharCode(printable ? byte : next++);
  });
}
