import { homedir } from 'node:os';
import { join } from 'node:path';
import { cacheDirectory } from '@foretoken/tensorflow';
import { afterEach, expect, it, vi } from 'vitest';

afterEach(() => vi.unstubAllEnvs());

it.each([
  { own: '/own', shared: '/shared', expected: '/own' },
  { own: '', shared: '/shared', expected: '/shared/foretoken' },
  { own: '', shared: 'relative', expected: join(homedir(), '.cache', 'foretoken') },
  { own: '', shared: '', expected: join(homedir(), '.cache', 'foretoken') },
])('FORETOKEN_CACHE=$own and XDG_CACHE_HOME=$shared give $expected', ({ own, shared, expected }) => {
  vi.stubEnv('FORETOKEN_CACHE', own);
  vi.stubEnv('XDG_CACHE_HOME', shared);
  expect(cacheDirectory()).toBe(expected);
});
