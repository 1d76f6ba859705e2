import { createRequire } from 'node:module';

/** The version of this package. */
export function version(): string {
  // Both this file and the bundles in dist lie one folder below package.json.
  const description: { readonly version: string } = createRequire(import.meta.url)('../package.json');
  return description.version;
}
