import { isLoopback } from '../configuration/is-loopback.js';
import type { Middleware } from './middleware.js';
import { refuse } from './refusal.js';

/**
 * Refuses requests for another host with 421. A page on the web can have its own name resolve to 127.0.0.1 and then talk
 * with a server on the visitor's machine as with its own (DNS rebinding); the `Host` header gives it away. So a server
 * on loopback takes loopback names and those that are allowed; any other takes all unless some are allowed.
 */
export function checkHost(options: { readonly listensOn: string; readonly allowed: readonly string[] }): Middleware {
  const allowed = new Set(options.allowed.map((name) => name.toLowerCase()));
  const onLoopback = isLoopback(options.listensOn);
  return (request, response, next) => {
    if (request.headers.host === undefined && request.httpVersion === '1.1') {
      const message = 'The request has no Host header.';
      refuse(response, { status: 400, message, code: 'malformed_request', headers: { connection: 'close' } });
      return;
    }
    const names = [request.headers.host ?? '', ...absoluteHost(request.url ?? '')].map(hostName);
    const isAllowed = (name: string): boolean => isLoopback(name) || allowed.has(name);
    if ((!onLoopback && allowed.size === 0) || names.every(isAllowed)) return next();
    refuse(response, {
      status: 421,
      message: 'This server does not answer for the host that the request names. Allow it with --allowed-host.',
      code: 'host_not_allowed',
    });
  };
}

/** Name without the port, in lower case. */
function hostName(header: string): string {
  return header.toLowerCase().replace(/:\d*$/, '');
}

/** The host of a request line with a whole URL (`GET http://host/path`), which counts more than the header. */
function absoluteHost(url: string): readonly string[] {
  const authority = /^[a-z][a-z\d+.-]*:\/\/([^/?#]*)/i.exec(url)?.[1];
  return authority === undefined ? [] : [authority.replace(/^.*@/, '')];
}
