import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { DashboardFilesMissingError } from './errors.js';

/** One file of the page, held in memory. */
export interface PageFile {
  readonly content: Buffer;
  readonly type: string;
  /** Of the content, so that a browser need not fetch what it has. */
  readonly etag: string;
}

/** Everything there is to serve. Read once: no name that a client sends reaches the file system. */
export interface PageFiles {
  readonly index: PageFile;
  readonly script: PageFile;
  readonly styles: PageFile;
  readonly icon: PageFile;
}

/** Beside the bundle, or, where the sources run, in what was built of them. */
const FOLDERS = ['./dashboard/', '../../dist/dashboard/'] as const;

/** @throws {DashboardFilesMissingError} the page was not built. */
export function readPageFiles(): PageFiles {
  const folders = FOLDERS.map((folder) => new URL(folder, import.meta.url));
  const folder = folders.find((candidate) => existsSync(new URL('index.html', candidate)));
  if (folder === undefined) throw new DashboardFilesMissingError(folders.map((url) => fileURLToPath(url)));
  const read = (name: string, type: string): PageFile => {
    const content = readFileSync(new URL(name, folder));
    return { content, type, etag: `"${createHash('sha256').update(content).digest('base64url')}"` };
  };
  return {
    index: read('index.html', 'text/html; charset=utf-8'),
    script: read('page.js', 'text/javascript; charset=utf-8'),
    styles: read('style.css', 'text/css; charset=utf-8'),
    icon: read('icon.svg', 'image/svg+xml'),
  };
}
