import type { IncomingMessage } from 'node:http';
import type { ServerConfiguration } from '../configuration/server-configuration.js';
import type { RequestTenant } from '../engine/text-engine.js';
import { apiKeyNameOf } from './api-keys.js';

/**
 * Who asks, and with whom it shares what is kept of texts: with requests of the same key, unless the server shares it
 * among all, and with the same `cache_salt` only. All requests without a key are one tenant.
 */
export function requestTenant(
  request: IncomingMessage,
  options: Pick<ServerConfiguration['security'], 'shareDrafts' | 'sharePrefixes'> & {
    readonly salt: string | undefined;
  },
): RequestTenant {
  const key = apiKeyNameOf(request) ?? null;
  const scope = (shared: boolean): string => JSON.stringify([shared ? null : key, options.salt ?? null]);
  return {
    name: key ?? '',
    draftScope: scope(options.shareDrafts),
    prefixScope: scope(options.sharePrefixes),
  };
}
