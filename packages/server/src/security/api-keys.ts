import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { ServerConfiguration } from '../configuration/server-configuration.js';
import type { Middleware } from './middleware.js';
import { isOpenPath } from './open-paths.js';
import { refuse } from './refusal.js';

/** Finds the key that a client sent among those that are known. */
export class ApiKeys {
  readonly #keys: readonly { readonly name: string; readonly digest: Buffer }[];

  constructor(keys: ServerConfiguration['security']['apiKeys']) {
    this.#keys = keys.map(({ name, sha256 }) => ({ name, digest: Buffer.from(sha256, 'hex') }));
  }

  /** Whether clients need a key at all. */
  get required(): boolean {
    return this.#keys.length > 0;
  }

  /**
   * Name of the key, `undefined` for a wrong one. Hashes what was sent and compares it with every key in constant time,
   * so that how long it takes says nothing about any key.
   */
  nameOf(key: string): string | undefined {
    const digest = createHash('sha256').update(key, 'utf8').digest();
    let found: string | undefined;
    for (const known of this.#keys) {
      const same = timingSafeEqual(digest, known.digest);
      found = same ? known.name : found;
    }
    return found;
  }
}

const names = new WeakMap<IncomingMessage, string>();

/** Name of the key that a request came with; `undefined` where no key was asked for. */
export function apiKeyNameOf(request: IncomingMessage): string | undefined {
  return names.get(request);
}

/** Refuses requests without a known key with 401, all but those for open paths. Lets everything pass where no key is set. */
export function requireApiKey(options: {
  readonly keys: ApiKeys;
  /** Whether /metrics needs no key. */
  readonly openMetrics: boolean;
}): Middleware {
  const { keys, openMetrics } = options;
  return (request, response, next) => {
    if (!keys.required || isOpenPath(request, { openMetrics })) return next();
    const sent = bearerToken(request.headers.authorization) ?? keyHeader(request);
    const name = keys.nameOf(sent ?? '');
    if (sent !== undefined && name !== undefined) {
      names.set(request, name);
      return next();
    }
    refuse(response, {
      status: 401,
      message:
        sent === undefined
          ? 'No API key was given. Send one as "Authorization: Bearer KEY" or "X-Api-Key: KEY".'
          : 'The API key is not one of this server.',
      code: 'invalid_api_key',
      headers: { 'www-authenticate': 'Bearer' },
    });
  };
}

/** The key of an `X-Api-Key` header, as Anthropic's and Azure's clients send it. */
function keyHeader(request: IncomingMessage): string | undefined {
  const { 'x-api-key': key } = request.headers;
  return typeof key === 'string' && key !== '' ? key : undefined;
}

function bearerToken(header: string | undefined): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1];
}
