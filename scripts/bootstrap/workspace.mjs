import { readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository root. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** The root package.json. */
export const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** The folders of all packages and examples, from the root. */
export const packages = ['packages', 'examples'].flatMap((folder) =>
  readdirSync(join(root, folder)).map((name) => join(folder, name)),
);

/** Same rule as `cacheDirectory()` of `@foretoken/tensorflow`, which isn't built yet when this runs. */
export function cacheDirectory() {
  const own = process.env.FORETOKEN_CACHE;
  if (own) return resolve(own);
  const shared = process.env.XDG_CACHE_HOME;
  if (shared && isAbsolute(shared)) return join(shared, 'foretoken');
  return join(homedir(), '.cache', 'foretoken');
}
