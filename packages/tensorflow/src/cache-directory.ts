import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';

/**
 * The folder in which foretoken keeps what it fetched or built: `FORETOKEN_CACHE`, else
 * `$XDG_CACHE_HOME/foretoken`, else `~/.cache/foretoken`. It is not created.
 */
export function cacheDirectory(): string {
  const own = process.env.FORETOKEN_CACHE;
  if (own) return resolve(own);
  const shared = process.env.XDG_CACHE_HOME;
  // The XDG specification says that a relative path there must be ignored.
  if (shared && isAbsolute(shared)) return join(shared, 'foretoken');
  return join(homedir(), '.cache', 'foretoken');
}
