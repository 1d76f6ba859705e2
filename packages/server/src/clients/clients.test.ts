import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { NPM_PACKAGES, PYPI_PACKAGES } from './testing/client-packages.js';

it('the table of clients in docs/integration.md names the versions that are tried', async () => {
  const page = await readFile(new URL('../../../../docs/integration.md', import.meta.url), 'utf8');
  const rows = page.split('\n').filter((line) => line.startsWith('| '));
  for (const [name, version] of [...Object.entries(NPM_PACKAGES), ...Object.entries(PYPI_PACKAGES)]) {
    expect(rows.join('\n'), `${name} ${version}`).toContain(`\`${name}\` ${version}`);
  }
});
