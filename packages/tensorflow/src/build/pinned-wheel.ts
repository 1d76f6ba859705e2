import type { WheelFile } from '../wheel/fetch-wheel.js';

/** A wheel by name, version, file name and hash. */
export interface PinnedWheel {
  readonly package: string;
  readonly version: string;
  readonly files: Readonly<Record<string, WheelFile>>;
}

/** Shorthand for a package of which one file is pinned; `size` in bytes. */
export function pin(name: string, version: string, file: string, sha256: string, size: number): PinnedWheel {
  return { package: name, version, files: { [file]: { sha256, size } } };
}
