import { completeConfiguration, type ServerConfiguration } from '@foretoken/server/configuration';

/** A configuration for tests: defaults, a free port, a quiet log. */
export function testConfiguration(changes: Partial<ServerConfiguration> = {}): ServerConfiguration {
  const quiet = { port: 0, logging: { level: 'silent' }, shutdownDeadline: 5_000, dashboard: false } as const;
  return { ...completeConfiguration(quiet), ...changes };
}
