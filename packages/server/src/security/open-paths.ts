import type { IncomingMessage } from 'node:http';
import { pathOf } from './middleware.js';

/**
 * Paths that need no key, compared as they were sent: nothing that a router could decode or resolve into another path
 * gets through. Probes say whether the server is up and nothing else; the dashboard's page and its files hold no data,
 * and what the page shows (`/dashboard/events`) it asks for with the key.
 */
export const OPEN_PATHS = [
  '/health',
  '/ready',
  '/',
  '/favicon.ico',
  '/dashboard/page.js',
  '/dashboard/style.css',
  '/dashboard/icon.svg',
] as const;

const open: ReadonlySet<string> = new Set(OPEN_PATHS);

/** Whether a request needs no key. Only reads are open. */
export function isOpenPath(request: IncomingMessage, options: { readonly openMetrics: boolean }): boolean {
  if (request.method !== 'GET' && request.method !== 'HEAD') return false;
  const path = pathOf(request);
  return open.has(path) || (options.openMetrics && path === '/metrics');
}
