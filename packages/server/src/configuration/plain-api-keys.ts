import { hashApiKey } from './api-key-hash.js';

/** Keys as they are typed become hashes at once. What has spaces or control characters stays what it is, to be refused. */
export function hashedKeys(texts: readonly string[], source: 'flag' | 'environment'): unknown {
  const keys = source === 'flag' ? texts : texts.flatMap((text) => text.split(/[\s,]+/).filter((key) => key !== ''));
  return keys.map((key, index) =>
    /^[\x21-\x7e]+$/.test(key) ? { name: `${source}-${index + 1}`, sha256: hashApiKey(key) } : undefined,
  );
}
