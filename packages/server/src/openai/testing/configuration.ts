import type { ServerConfiguration } from '../../configuration/server-configuration.js';

/** A configuration for tests: defaults, a free port, a quiet log. */
export function testConfiguration(changes: Partial<ServerConfiguration> = {}): ServerConfiguration {
  return {
    model: 'smollm2-135m-instruct',
    host: '127.0.0.1',
    port: 0,
    engine: {
      device: 'auto',
      engines: 1,
      sequences: 8,
      maxQueue: 64,
      draft: 'auto',
      controller: 'cost-aware',
      watchdog: 30_000,
      allowDownload: true,
    },
    security: {
      apiKeys: [],
      bodyLimit: 4 * 2 ** 20,
      corsOrigins: [],
      allowedHosts: [],
      trustedProxies: 0,
      openMetrics: false,
      allowAnonymous: false,
    },
    requests: { deadline: 600_000 },
    logging: { level: 'silent', prompts: false },
    shutdownDeadline: 5_000,
    dashboard: false,
    ...changes,
  };
}
