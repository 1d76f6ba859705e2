import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run } from './run.mjs';
import { root } from './workspace.mjs';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/**
 * Has Debian's Chromium installed where there is none and this process may install it; elsewhere says how. The test of
 * the dashboard fails without a browser.
 */
export async function obtainChromium() {
  const folders = (process.env.PATH ?? '').split(delimiter);
  if (NAMES.some((name) => folders.some((folder) => existsSync(join(folder, name))))) return;
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    console.log('› installing Chromium, which the dashboard is tested in');
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const options = { cwd: root, env, output: /** @type {const} */ ('keep') };
    await run('apt-get', ['update', '-qq'], options);
    const install = ['install', '-y', '-qq', '--no-install-recommends', 'chromium'];
    const { code, output } = await run('apt-get', install, options);
    if (code === 0) return;
    console.error(output);
  }
  console.error('✖ There is no Chromium, so the test of the dashboard will fail. Install it: apt-get install chromium');
}
