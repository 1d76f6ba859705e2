import type { Options } from 'tsup';

/** Build of a library package: one bundle per entry, ESM (and CommonJS where asked), with types. */
export function library(options: { entry: string[]; format?: ('esm' | 'cjs')[] }): Options {
  return {
    entry: options.entry,
    format: options.format ?? ['esm'],
    dts: true,
    sourcemap: true,
    clean: true,
    target: 'node20',
    platform: 'node',
    splitting: true,
    treeshake: true,
  };
}
