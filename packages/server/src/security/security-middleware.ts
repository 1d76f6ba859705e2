import type { ServerConfiguration } from '../configuration/server-configuration.js';
import { ApiKeys, requireApiKey } from './api-keys.js';
import { allowOrigins } from './cross-origin.js';
import { checkHost } from './host-names.js';
import { jsonBody, type ReadLongBody } from './json-body.js';
import type { Middleware } from './middleware.js';
import { limitConcurrency, limitRate } from './request-limits.js';
import { secureHeaders } from './response-headers.js';
import { TokenBuckets } from './token-buckets.js';

/**
 * What stands before every route, also those that do not exist, in this order: response headers, host, CORS, key, rate,
 * concurrency, body. Each costs less than what it keeps away, so a body is read only of those who may send one. An
 * application that has it must be created with `bodyParser: false`.
 */
export function securityMiddleware(
  configuration: Pick<ServerConfiguration, 'host' | 'security'>,
  readLong: ReadLongBody,
): Middleware[] {
  const { host, security } = configuration;
  const { trustedProxies, requestsPerMinute, concurrency } = security;
  const keys = new ApiKeys(security.apiKeys);
  return [
    secureHeaders(),
    checkHost({ listensOn: host, allowed: security.allowedHosts }),
    ...(security.corsOrigins.length === 0 ? [] : [allowOrigins(security.corsOrigins)]),
    requireApiKey({ keys, openMetrics: security.openMetrics }),
    ...(requestsPerMinute === undefined
      ? []
      : [limitRate({ buckets: new TokenBuckets({ perMinute: requestsPerMinute }), trustedProxies })]),
    ...(concurrency === undefined ? [] : [limitConcurrency({ most: concurrency, trustedProxies })]),
    jsonBody({ limit: security.bodyLimit, readLong }),
  ];
}
