import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Records, summaryOf } from './summary.js';

/** Raised whenever a reader of an older file would misread a newer one. */
export const RESULTS_VERSION = 3;

/** What `report/results.json` holds: the latest record of each benchmark, each with its own environment. */
export interface ResultsFile {
  readonly schemaVersion: typeof RESULTS_VERSION;
  readonly benchmarks: Records;
}

/**
 * Puts new records into `results.json` beside the records of other benchmarks, and writes `summary.md` from all of
 * them. A file of another schema version, or one that is no JSON, is replaced. Returns the paths written.
 */
export async function writeResults(folder: string, records: Records): Promise<readonly string[]> {
  const path = join(folder, 'results.json');
  const before = await readResults(path);
  const results: ResultsFile = {
    schemaVersion: RESULTS_VERSION,
    benchmarks: { ...before?.benchmarks, ...records },
  };
  await mkdir(folder, { recursive: true });
  const summary = join(folder, 'summary.md');
  await replaceFile(path, `${JSON.stringify(results, undefined, 1)}\n`);
  await replaceFile(summary, summaryOf(results.benchmarks));
  return [path, summary];
}

/** The records at `path`; `undefined` when there is no file, or none that this version reads. */
export async function readResults(path: string): Promise<ResultsFile | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    return isResults(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isResults(value: unknown): value is ResultsFile {
  if (typeof value !== 'object' || value === null) return false;
  if (!('schemaVersion' in value) || value.schemaVersion !== RESULTS_VERSION) return false;
  return 'benchmarks' in value && typeof value.benchmarks === 'object' && value.benchmarks !== null;
}

/** A reader never sees half a file, and a run that is cut off leaves the old one. */
async function replaceFile(path: string, text: string): Promise<void> {
  const part = `${path}.part`;
  await writeFile(part, text);
  await rename(part, path);
}
