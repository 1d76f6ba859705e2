import { randomUUID } from 'node:crypto';
import type { Stats } from 'node:fs';
import { mkdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { TensorFlowError } from '../errors.js';

/** A holder touches its lock this often. */
const HEARTBEAT_MS = 5_000;
/** Twelve missed heartbeats: the holder is gone, even one whose event loop was busy unpacking. */
const STALE_MS = 60_000;
/** How often a waiter looks. */
const POLL_MS = 250;
/** Longer than the slowest download that is worth waiting for. */
const DEFAULT_TIMEOUT_MS = 3_600_000;

/**
 * Runs `action` while holding a lock file, so that two processes don't build at once. The lock of a process that
 * died is taken over.
 *
 * @throws {TensorFlowError} `lock-timeout` when another process holds the lock for longer than `timeoutMs`.
 */
export async function holdLock<T>(
  path: string,
  action: () => Promise<T>,
  options: {
    /** Milliseconds to wait for another holder. @default one hour */
    readonly timeoutMs?: number;
    /** Called once when there is another holder to wait for. */
    readonly onWait?: () => void;
  } = {},
): Promise<T> {
  const own = `${process.pid} ${hostname()} ${randomUUID()}`;
  await acquire(path, own, options);
  // A process that was suspended may find its lock taken over.
  const isOwn = async (): Promise<boolean> => (await readFile(path, 'utf8').catch(() => '')) === own;
  const touch = async (): Promise<void> => {
    const now = new Date();
    if (await isOwn()) await utimes(path, now, now);
  };
  const heartbeat = setInterval(() => void touch().catch(() => undefined), HEARTBEAT_MS);
  heartbeat.unref();
  try {
    return await action();
  } finally {
    clearInterval(heartbeat);
    if (await isOwn()) await rm(path, { force: true });
  }
}

async function acquire(
  path: string,
  own: string,
  options: { readonly timeoutMs?: number; readonly onWait?: () => void },
): Promise<void> {
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const start = Date.now();
  await mkdir(dirname(path), { recursive: true });
  for (let waited = false; ; ) {
    if (await writeNew(path, own)) return;
    const abandoned = await abandonedLock(path);
    if (abandoned && (await removeLock(path, abandoned))) continue;
    if (Date.now() - start >= timeoutMs) {
      throw new TensorFlowError(
        'lock-timeout',
        `Another process has held ${path} for ${Math.round(timeoutMs / 1000)} s. Wait for it, or delete the file if no such process runs.`,
      );
    }
    if (!waited) options.onWait?.();
    waited = true;
    await sleep(POLL_MS);
  }
}

/** What tells a lock file from another one of that name: inodes are used again, and a living holder touches its file. */
type LockFile = Pick<Stats, 'ino' | 'mtimeMs'>;

async function abandonedLock(path: string): Promise<LockFile | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (!found) return undefined;
  if (Date.now() - found.mtimeMs > STALE_MS) return found;
  const [holder, host] = (await readFile(path, 'utf8').catch(() => '')).split(' ');
  const pid = Number(holder);
  // A process id means nothing on another machine or in another container that shares the folder.
  if (host !== hostname() || !Number.isInteger(pid) || pid <= 0) return undefined;
  try {
    process.kill(pid, 0);
    return undefined;
  } catch (error) {
    // EPERM: the process lives and belongs to someone else.
    return error instanceof Error && 'code' in error && error.code === 'ESRCH' ? found : undefined;
  }
}

/**
 * Takes an abandoned lock away. Only who has made the claim beside it may, and looks at it again under the claim, so
 * nobody takes away the lock of a waiter that has taken it over since.
 *
 * @returns false where another waiter has the claim.
 */
export async function removeLock(path: string, found: LockFile): Promise<boolean> {
  const claim = `${path}.takeover`;
  if (!(await writeNew(claim, ''))) {
    const other = await stat(claim).catch(() => undefined);
    // Of a process that died with it.
    if (other && Date.now() - other.mtimeMs > STALE_MS) await rm(claim, { force: true });
    return false;
  }
  try {
    const now = await stat(path).catch(() => undefined);
    if (now?.ino === found.ino && now.mtimeMs === found.mtimeMs) await rm(path, { force: true });
    return true;
  } finally {
    await rm(claim, { force: true });
  }
}

/** Whether the file was not there before. */
async function writeNew(path: string, text: string): Promise<boolean> {
  try {
    await writeFile(path, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}
