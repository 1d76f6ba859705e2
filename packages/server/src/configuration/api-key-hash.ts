import { createHash } from 'node:crypto';

/**
 * SHA-256 of a key in hexadecimal, which is what the configuration holds. A plain hash is enough because keys are long
 * and random; it would not be for passwords.
 */
export function hashApiKey(key: string): string {
  return createHash('sha256').update(key, 'utf8').digest('hex');
}

/** Keys as they are typed become hashes at once. What has spaces or control characters stays what it is, to be refused. */
export function hashedKeys(texts: readonly string[], source: 'flag' | 'environment'): unknown {
  const keys = source === 'flag' ? texts : texts.flatMap((text) => text.split(/[\s,]+/).filter((key) => key !== ''));
  return keys.map((key, index) =>
    /^[\x21-\x7e]+$/.test(key) ? { name: `${source}-${index + 1}`, sha256: hashApiKey(key) } : undefined,
  );
}
