import type { IncomingMessage } from 'node:http';
import { pathOf } from './middleware.js';

/** What probes ask: it says whether the server is up and nothing else. */
const PROBES: ReadonlySet<string> = new Set(['/health', '/ready']);

// The dashboard's page and its own files hold no data; what the page shows it asks for with the key. One path segment of
// plain characters: nothing that a router or a file server could decode into another path.
const DASHBOARD = /^\/(?:favicon\.ico|dashboard\/[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*)?$/;

/** Whether a request needs no key. Only reads are open. */
export function isOpenPath(request: IncomingMessage, options: { readonly openMetrics: boolean }): boolean {
  if (request.method !== 'GET' && request.method !== 'HEAD') return false;
  const path = pathOf(request);
  return PROBES.has(path) || DASHBOARD.test(path) || (options.openMetrics && path === '/metrics');
}
