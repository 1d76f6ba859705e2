import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parser } from '@prometheus-io/lezer-promql';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { ServerMetrics } from './metrics/server-metrics.js';

const deploy = fileURLToPath(new URL('../../../deploy', import.meta.url));
const read = (path: string): string => readFileSync(join(deploy, path), 'utf8');

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}

const dashboard = JSON.parse(read('compose/grafana/dashboards/foretoken.json')) as { readonly panels: Panel[] };
const alerts = parse(read('compose/alerts.yaml')) as {
  readonly groups: readonly { readonly rules: readonly { readonly alert: string; readonly expr: string }[] }[];
};
const scaling = /query: (.+)/.exec(read('helm/foretoken/templates/autoscaling.yaml'))?.[1] ?? '';

/** Every query in the files, with Grafana's and Helm's own variables filled in. */
const queries: [name: string, query: string][] = [
  ...dashboard.panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }): [string, string] => [title, expr.replaceAll('$__rate_interval', '1m')]),
  ),
  ...alerts.groups.flatMap(({ rules }) => rules.map(({ alert, expr }): [string, string] => [alert, expr])),
  ['autoscaling', scaling.replaceAll(/\{\{.*?\}\}/g, '"demo"')],
];

async function knownSeries(): Promise<ReadonlySet<string>> {
  const metrics = new ServerMetrics({ engine: { snapshot: () => ({ engines: [] }) }, model: 'demo' });
  const names = new Set(['up']);
  for (const [, name = '', type] of (await metrics.text()).matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
    for (const suffix of type === 'histogram' ? ['_bucket', '_sum', '_count'] : ['']) names.add(name + suffix);
  }
  return names;
}

describe('the files in deploy', () => {
  it('are YAML', () => {
    const files = readdirSync(deploy, { recursive: true, encoding: 'utf8' }).filter(
      (file) => file.endsWith('.yaml') && !file.includes('templates'),
    );
    expect(files.length).toBeGreaterThan(6);
    for (const file of files) {
      for (const document of parseAllDocuments(read(file))) expect([file, document.errors]).toEqual([file, []]);
    }
  });

  it.each(queries)('ask Prometheus for what it can parse, of metrics that the server has: %s', async (_, query) => {
    const metrics: string[] = [];
    parser.parse(query).iterate({
      enter({ name, from, to, type }) {
        expect([query, type.isError]).toEqual([query, false]);
        if (name === 'Identifier' && /^(foretoken_|up$)/.test(query.slice(from, to)))
          metrics.push(query.slice(from, to));
      },
    });
    expect(metrics.length).toBeGreaterThan(0);
    const known = await knownSeries();
    expect(metrics.filter((metric) => !known.has(metric))).toEqual([]);
  });

  it('watch the endpoints that the server has', () => {
    const deployment = read('helm/foretoken/templates/deployment.yaml');
    expect([...deployment.matchAll(/path: (\/\w+), port/g)].map(([, path]) => path)).toEqual([
      '/health',
      '/health',
      '/ready',
    ]);
  });
});
