import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hashFile } from '../wheel/hash-file.js';
import type { BuildLayout } from './build-layout.js';
import { TENSORFLOW_VERSION, TFJS_NODE_VERSION } from './pinned-release.js';

/** Raised when a build made by an older version of this package must not be used any more. */
const MANIFEST_VERSION = 2;

/** What a finished build consists of. Written last: where it is, every step before it succeeded. */
interface BuildManifest {
  readonly manifestVersion: number;
  readonly tensorflow: string;
  readonly tfjsNode: string;
  /** Wheel file names and the hashes they were checked against. */
  readonly wheels: Readonly<Record<string, string>>;
  readonly compiler: string;
  readonly addonSha256: string;
  /** Sizes in bytes of the shared libraries, by path below the build's folder. */
  readonly libraries: Readonly<Record<string, number>>;
  /** Their hashes. Builds of earlier versions have none. */
  readonly librarySha256?: Readonly<Record<string, string>>;
}

/** Names of the shared libraries that the addon is linked to. */
const TENSORFLOW_LIBRARIES = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'] as const;

export async function writeManifest(
  layout: BuildLayout,
  facts: { readonly wheels: Readonly<Record<string, string>>; readonly compiler: string },
): Promise<void> {
  const libraries: Record<string, number> = {};
  const librarySha256: Record<string, string> = {};
  for (const name of TENSORFLOW_LIBRARIES) {
    libraries[name] = (await stat(join(layout.tensorflow, name))).size;
    librarySha256[name] = await hashFile(join(layout.tensorflow, name));
  }
  const manifest: BuildManifest = {
    manifestVersion: MANIFEST_VERSION,
    tensorflow: TENSORFLOW_VERSION,
    tfjsNode: TFJS_NODE_VERSION,
    wheels: facts.wheels,
    compiler: facts.compiler,
    addonSha256: await hashFile(layout.addon),
    libraries,
    librarySha256,
  };
  const partial = `${layout.manifest}.partial`;
  await writeFile(partial, `${JSON.stringify(manifest, undefined, 2)}\n`);
  await rename(partial, layout.manifest);
}

/** Whether a finished, undamaged build is in the cache. Library files are compared by size: hashing 850 MB would cost a second at every start. */
export async function isBuilt(layout: BuildLayout): Promise<boolean> {
  const manifest = await readManifest(layout);
  if (!manifest || !isCurrent(manifest)) return false;
  for (const [name, size] of Object.entries(manifest.libraries)) {
    const found = await stat(join(layout.tensorflow, name)).catch(() => undefined);
    if (found?.size !== size) return false;
  }
  const addon = await hashFile(layout.addon).catch(() => undefined);
  return addon === manifest.addonSha256;
}

/** Whether a part of a build is what it was when it was made; `unrecorded`: nobody wrote down what that was. */
export interface VerifiedPart {
  readonly path: string;
  readonly state: 'intact' | 'changed' | 'unrecorded';
}

/** Holds the addon and the libraries of a finished build to their hashes. */
export async function verifyBuild(layout: BuildLayout): Promise<readonly VerifiedPart[]> {
  const manifest = await readManifest(layout);
  if (!manifest) return [];
  const recorded: [path: string, sha256: string | undefined][] = [[layout.addon, manifest.addonSha256]];
  for (const name of TENSORFLOW_LIBRARIES) {
    recorded.push([join(layout.tensorflow, name), manifest.librarySha256?.[name]]);
  }
  const verified: VerifiedPart[] = [];
  for (const [path, sha256] of recorded) {
    const found = await hashFile(path).catch(() => undefined);
    const state = found === undefined ? 'changed' : sha256 === undefined ? 'unrecorded' : found === sha256;
    verified.push({ path, state: state === true ? 'intact' : state === false ? 'changed' : state });
  }
  return verified;
}

/** Whether a build by another version of this package lies there: its parts must not be mixed with ours. */
export async function isOutdated(layout: BuildLayout): Promise<boolean> {
  const manifest = await readManifest(layout);
  return manifest !== undefined && !isCurrent(manifest);
}

function isCurrent(manifest: BuildManifest): boolean {
  return (
    manifest.manifestVersion === MANIFEST_VERSION &&
    manifest.tensorflow === TENSORFLOW_VERSION &&
    manifest.tfjsNode === TFJS_NODE_VERSION
  );
}

async function readManifest(layout: BuildLayout): Promise<BuildManifest | undefined> {
  try {
    return JSON.parse(await readFile(layout.manifest, 'utf8')) as BuildManifest;
  } catch {
    return undefined;
  }
}
