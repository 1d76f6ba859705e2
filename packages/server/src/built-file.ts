import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Path of a file of this package's build: beside this module there; where it runs from its sources, in `dist`. */
export function builtFile(name: string): string {
  const beside = fileURLToPath(new URL(`./${name}`, import.meta.url));
  return existsSync(beside) ? beside : fileURLToPath(new URL(`../dist/${name}`, import.meta.url));
}
