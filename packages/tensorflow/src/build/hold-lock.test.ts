import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { holdLock, removeLock } from './hold-lock.js';

it('lets one action run at a time', async () => {
  const path = join(temporaryFolder(), 'lock');
  let running = 0;
  let most = 0;
  let waits = 0;
  const action = async (): Promise<void> => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve, 20));
    running--;
  };
  const hold = () => holdLock(path, action, { onWait: () => waits++ });
  await Promise.all([hold(), hold(), hold()]);
  expect(most).toBe(1);
  expect(waits).toBeGreaterThan(0);
  expect(existsSync(path)).toBe(false);
});

it('lets go when the action fails', async () => {
  const path = join(temporaryFolder(), 'lock');
  await expect(holdLock(path, () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
  expect(await holdLock(path, async () => 'next')).toBe('next');
});

it('takes over the lock of a process that died', async () => {
  const path = join(temporaryFolder(), 'lock');
  const dead = spawnSync(process.execPath, ['--version']).pid;
  writeFileSync(path, `${dead} ${hostname()}`);
  expect(await holdLock(path, async () => 'taken', { timeoutMs: 0 })).toBe('taken');
});

it('takes over a lock whose heartbeat stopped, whoever held it', async () => {
  const path = join(temporaryFolder(), 'lock');
  writeFileSync(path, '1 elsewhere');
  const old = new Date(Date.now() - 120_000);
  utimesSync(path, old, old);
  expect(await holdLock(path, async () => 'taken', { timeoutMs: 0 })).toBe('taken');
});

it('leaves a lock that another waiter has taken over since it was found abandoned', async () => {
  const path = join(temporaryFolder(), 'lock');
  writeFileSync(path, '1 elsewhere');
  const old = new Date(Date.now() - 120_000);
  utimesSync(path, old, old);
  const abandoned = statSync(path);
  // The new file may well get the inode of the old one.
  rmSync(path);
  writeFileSync(path, 'the new holder');
  await removeLock(path, abandoned);
  expect(readFileSync(path, 'utf8')).toBe('the new holder');
  await removeLock(path, statSync(path));
  expect(readdirSync(dirname(path))).toEqual([]);
});

it('leaves the lock of whoever took it over from a holder that was suspended', async () => {
  const path = join(temporaryFolder(), 'lock');
  await holdLock(path, async () => writeFileSync(path, 'the new holder'));
  expect(readFileSync(path, 'utf8')).toBe('the new holder');
});

it.each([`${process.pid} ${hostname()}`, '1 elsewhere', ''])(
  'waits for the living holder %j, within limits',
  async (holder) => {
    const path = join(temporaryFolder(), 'lock');
    writeFileSync(path, holder);
    await expect(holdLock(path, async () => 'taken', { timeoutMs: 0 })).rejects.toMatchObject({ code: 'lock-timeout' });
    expect(existsSync(path)).toBe(true);
  },
);
