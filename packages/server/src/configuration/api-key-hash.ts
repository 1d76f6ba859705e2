import { createHash } from 'node:crypto';

/**
 * SHA-256 of a key in hexadecimal, which is what the configuration holds. A plain hash is enough because keys are long
 * and random; it would not be for passwords.
 */
export function hashApiKey(key: string): string {
  return createHash('sha256').update(key, 'utf8').digest('hex');
}
