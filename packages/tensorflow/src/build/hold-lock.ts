import { randomUUID } from 'node:crypto';
import type { Stats } from 'node:fs';
import { link, mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
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
  await acquire(path, options);
  const heartbeat = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => undefined);
  }, HEARTBEAT_MS);
  heartbeat.unref();
  try {
    return await action();
  } finally {
    clearInterval(heartbeat);
    await rm(path, { force: true });
  }
}

async function acquire(
  path: string,
  options: { readonly timeoutMs?: number; readonly onWait?: () => void },
): Promise<void> {
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const start = Date.now();
  await mkdir(dirname(path), { recursive: true });
  for (let waited = false; ; ) {
    try {
      await writeFile(path, `${process.pid} ${hostname()}`, { flag: 'wx' });
      return;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
    const abandoned = await abandonedLock(path);
    if (abandoned) {
      await removeLock(path, abandoned);
      continue;
    }
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
 * Takes an abandoned lock away, which only one of several waiters succeeds in: the file is renamed first, and goes back
 * where it is no longer the one that was found, because another waiter has taken the lock over since.
 */
export async function removeLock(path: string, found: LockFile): Promise<void> {
  const aside = `${path}.${randomUUID()}.stale`;
  await rename(path, aside).catch(() => undefined);
  const moved = await stat(aside).catch(() => undefined);
  const isTheSame = moved?.ino === found.ino && moved.mtimeMs === found.mtimeMs;
  if (moved && !isTheSame) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
}
