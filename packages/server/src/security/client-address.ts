import type { IncomingMessage } from 'node:http';
import { isIPv6 } from 'node:net';

/**
 * Address that a request is counted under. Proxies append the address they saw to `X-Forwarded-For`; all that stands
 * before what trusted ones appended was written by whoever sent the request.
 *
 * @param options.trustedProxies proxies between clients and this server
 */
export function clientAddress(request: IncomingMessage, options: { readonly trustedProxies: number }): string {
  const remote = request.socket.remoteAddress ?? 'unknown';
  if (options.trustedProxies === 0) return addressGroup(remote);
  const header = request.headers['x-forwarded-for'];
  const seen = String(header ?? '')
    .split(',')
    .map((address) => address.trim())
    .filter((address) => address !== '');
  return addressGroup(seen.at(-Math.min(options.trustedProxies, seen.length)) ?? remote);
}

/** An IPv6 client owns at least the lower 64 bits of its address, so those are left out. */
export function addressGroup(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(address)) return address.slice(0, 64);
  const [head = '', tail] = address.split('%')[0]?.toLowerCase().split('::') ?? [];
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length;
  const groups = [...left, ...Array<string>(Math.max(0, zeros)).fill('0'), ...right];
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`;
}
