import { randomBytes } from 'node:crypto';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** `call_` and 24 letters and digits, as OpenAI's ids look. */
export function createCallId(): string {
  // 62 letters for 256 bytes: the first eight come a little more often, which matters to nobody.
  return `call_${Array.from(randomBytes(24), (byte) => LETTERS[byte % LETTERS.length]).join('')}`;
}
