import type { AddressInfo } from 'node:net';
import { ForetokenError } from '@foretoken/core';
import type { NestExpressApplication } from '@nestjs/platform-express';

/** The server can't listen on the address. Code `address-unavailable`. */
export class AddressUnavailableError extends ForetokenError {
  constructor(host: string, port: number, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(`Can't listen on ${host}, port ${port}: ${reason}. Choose another with --port or --host.`, {
      code: 'address-unavailable',
      details: { host, port },
      cause,
    });
  }
}

/** Where a server listens. */
export interface ListeningPlace {
  /** `http://127.0.0.1:8080` */
  readonly url: string;
  /** The configured port, or the free one that was chosen for 0. */
  readonly port: number;
  readonly address: string;
}

/** @throws {AddressUnavailableError} the address is taken, not this machine's, or not allowed. */
export async function listen(
  application: NestExpressApplication,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<ListeningPlace> {
  try {
    await application.listen(port, host);
  } catch (error) {
    await application.close();
    throw new AddressUnavailableError(host, port, error);
  }
  const { address, family, port: taken } = application.getHttpServer().address() as AddressInfo;
  const shown = family === 'IPv6' ? `[${address}]` : address;
  return { url: `http://${shown}:${taken}`, port: taken, address };
}
