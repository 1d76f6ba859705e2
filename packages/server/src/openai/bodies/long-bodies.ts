import type { IncomingMessage } from 'node:http';
import { apiKeyNameOf } from '../../security/api-keys.js';
import type { JsonReading } from '../../security/json-text.js';
import { pathOf } from '../../security/middleware.js';
import { TenantThread } from '../../threads/tenant-thread.js';
import { rememberTwin } from '../../tools/exact-values.js';
import { bodySchemaOf } from './body-schemas.js';
import type { BodyReply, BodyRequest } from './check-body.js';
import { CheckedBody } from './checked-body.js';

/** Several times what the largest body becomes. */
const HEAP_MEGABYTES = 512;

/**
 * Reads bodies that take long, in a thread of their own, tenant by tenant in turns: many keys take up to a tenth of a
 * second to be parsed and held against a schema, in which no stream would go on.
 */
export class LongBodies {
  // Waiting bodies are in memory anyway, as many as there are connections.
  readonly #thread = new TenantThread<BodyRequest, BodyReply>({
    name: 'body-thread',
    heapMegabytes: HEAP_MEGABYTES,
    mostWaiting: Number.POSITIVE_INFINITY,
  });

  /** @throws {TextUnavailableError} it takes too much time or memory. */
  async read(bytes: Uint8Array<ArrayBuffer>, request: IncomingMessage, signal: AbortSignal): Promise<JsonReading> {
    const path = pathOf(request);
    const asker = { tenant: apiKeyNameOf(request) ?? '', signal };
    const reply = await this.#thread.perform({ bytes, path }, asker, [bytes.buffer]);
    switch (reply.kind) {
      case 'refused':
      case 'value':
        return reply;
      case 'checked':
      case 'invalid': {
        const endpoint = bodySchemaOf(path);
        if (endpoint === undefined) throw new TypeError(`There is no schema for ${path}.`);
        if (reply.kind === 'checked') rememberTwin(reply.data, reply.exact);
        return { kind: 'value', value: new CheckedBody(endpoint.schema, reply) };
      }
    }
  }

  close(): Promise<void> {
    return this.#thread.close();
  }
}
