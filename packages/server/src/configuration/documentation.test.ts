import { readFileSync } from 'node:fs';
import { SETTINGS } from '@foretoken/server/configuration';
import { describe, expect, it } from 'vitest';
import { GpuReadings } from '../metrics/gpu-readings.js';
import { ServerMetrics } from '../metrics/server-metrics.js';
import { engineSnapshot } from '../metrics/testing/engine-snapshot.js';
import { OPEN_PATHS } from '../security/open-paths.js';
import { withoutAlignment } from '../testing/without-alignment.js';
import { settingsTable } from './testing/settings-table.js';

const page = (name: string): string =>
  readFileSync(new URL(`../../../../docs/${name}.md`, import.meta.url), 'utf8').replaceAll('\r\n', '\n');

describe('the pages for operators', () => {
  it('have the table of settings as the schema gives it', () => {
    const table = settingsTable();
    expect(table.split('\n')).toHaveLength(SETTINGS.length + 2);
    expect(withoutAlignment(page('operations'))).toContain(`\n${table}\n`);
  });

  it('name every metric, and none that there is not', async () => {
    const metrics = new ServerMetrics({
      engine: { snapshot: () => ({ engines: [engineSnapshot()] }) },
      model: 'm',
      gpus: new GpuReadings(() => Promise.resolve(undefined)),
    });
    const text = await metrics.text();
    const there = [...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name = '']) => name);
    const operations = page('operations');
    const own = there.filter((name) => !/^foretoken_(process|nodejs)_/.test(name));
    expect(own.filter((name) => !operations.includes(name))).toEqual([]);
    const named = [...operations.matchAll(/foretoken_\w*\w/g)].map(([name]) => name);
    expect(named.filter((name) => !there.includes(name) && !/^foretoken_(process_|nodejs_)?$/.test(name))).toEqual([]);
  });

  it('name every path that needs no key, or say that the dashboard has some', () => {
    const security = page('security');
    for (const path of OPEN_PATHS) {
      if (!path.startsWith('/dashboard/') && path !== '/favicon.ico') expect(security).toContain(`GET ${path}`);
    }
  });

  it('name no flag that there is not', () => {
    const flags = new Set([
      ...SETTINGS.map(({ flag }) => flag),
      'config',
      'new',
      'verify',
      'flag',
      'no-',
      'name',
      'time',
    ]);
    for (const name of ['operations', 'security']) {
      const named = [...page(name).matchAll(/(?<![\w-])--([a-z][a-z-]*)/g)].map(([, flag = '']) => flag);
      expect(
        named.filter((flag) => !flags.has(flag)),
        name,
      ).toEqual([]);
    }
  });
});
