import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const folder = new URL('..', import.meta.url);

test('a drafter and a controller of one’s own change the forwards, not the text', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', 'src/main.ts'], { cwd: folder });
  expect(stdout.match(/identical {9}yes/g)).toHaveLength(2);
  const forwards = [...stdout.matchAll(/forwards {10}(\d+) standard, (\d+) speculative/g)];
  expect(forwards).toHaveLength(2);
  for (const [, standard, speculative] of forwards) expect(Number(speculative)).toBeLessThan(Number(standard));
});
