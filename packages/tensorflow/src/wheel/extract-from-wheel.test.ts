import { existsSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { extractFromWheel } from '@foretoken/tensorflow';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { writeZip } from '../testing/write-zip.js';

it('unpacks the picked files and keeps programs executable', async () => {
  const folder = temporaryFolder();
  const wheel = join(folder, 'a.whl');
  writeZip(wheel, [
    { name: 'a/data.txt', content: 'data' },
    { name: 'a/bin/tool', content: 'tool', mode: 0o755 },
    { name: 'b/left-out', content: '' },
  ]);
  const directory = join(folder, 'out');
  const written = await extractFromWheel(wheel, { pick: (entry) => entry.startsWith('a/'), directory });
  expect(written).toEqual([join(directory, 'a/data.txt'), join(directory, 'a/bin/tool')]);
  expect(readFileSync(written[0]!, 'utf8')).toBe('data');
  expect(statSync(written[0]!).mode & 0o111).toBe(0);
  expect(statSync(written[1]!).mode & 0o100).toBe(0o100);
  expect(existsSync(join(directory, 'b'))).toBe(false);
});

it('tells how many bytes of how many are unpacked', async () => {
  const folder = temporaryFolder();
  writeZip(join(folder, 'a.whl'), [
    { name: 'one', content: '12345' },
    { name: 'two', content: '123' },
  ]);
  const advances: [number, number | undefined][] = [];
  await extractFromWheel(join(folder, 'a.whl'), {
    pick: () => true,
    directory: folder,
    onProgress: (event) => event.kind === 'advance' && advances.push([event.done, event.total]),
  });
  expect(advances).toEqual([
    [5, 8],
    [8, 8],
  ]);
});

it.each(['../escaped', 'a/../../escaped', '/tmp/foretoken-escaped', 'a\\..\\..\\escaped'])(
  'refuses the entry %j',
  async (name) => {
    const folder = temporaryFolder();
    writeZip(join(folder, 'a.whl'), [{ name, content: 'evil' }]);
    const extraction = extractFromWheel(join(folder, 'a.whl'), { pick: () => true, directory: join(folder, 'out') });
    await expect(extraction).rejects.toMatchObject({ name: 'TensorFlowError', code: 'bad-archive' });
    expect(existsSync(join(folder, 'escaped'))).toBe(false);
    expect(existsSync('/tmp/foretoken-escaped')).toBe(false);
  },
);

it('refuses a truncated archive, a damaged entry and a file that is no archive', async () => {
  const folder = temporaryFolder();
  const unpack = (name: string) =>
    extractFromWheel(join(folder, name), { pick: () => true, directory: join(folder, 'out') });
  writeZip(join(folder, 'cut.whl'), [{ name: 'a', content: 'content' }]);
  truncateSync(join(folder, 'cut.whl'), 30);
  await expect(unpack('cut.whl')).rejects.toMatchObject({ code: 'bad-archive' });
  writeFileSync(join(folder, 'text.whl'), 'not a zip archive, just some text that is long enough');
  await expect(unpack('text.whl')).rejects.toMatchObject({ code: 'bad-archive' });
  await expect(unpack('missing.whl')).rejects.toMatchObject({ code: 'ENOENT' });
});
