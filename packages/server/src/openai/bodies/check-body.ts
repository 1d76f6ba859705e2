import { ApiError, type ApiErrorOptions, invalidParameter } from '../../http/api-error.js';
import { type JsonReading, readJsonBytes } from '../../security/json-text.js';
import { exactTwin } from '../../tools/exact-values.js';
import { InvalidToolsError } from '../../tools/index.js';
import { readBody } from '../read-body.js';
import { bodySchemaOf } from './body-schemas.js';

/** A body on its way into the thread. */
export interface BodyRequest {
  readonly bytes: Uint8Array;
  /** Path of the endpoint that it is for. */
  readonly path: string;
}

/** A body that came through everything that is asked of it, or why not. Plain data. */
export type BodyReply =
  /** It is no JSON, or beyond a limit of every body; or nobody knows what it should be. */
  | JsonReading
  | {
      readonly kind: 'checked';
      readonly data: unknown;
      /** The data as they were written, where JavaScript's values lost something of that. */
      readonly exact: unknown;
      /** Paths of keys that were ignored. */
      readonly ignored: readonly string[];
    }
  | { readonly kind: 'invalid'; readonly message: string; readonly error: ApiErrorOptions };

/** Parses a body and holds it against the schema of its endpoint: all that takes long in a large one. */
export function checkBody({ bytes, path }: BodyRequest): BodyReply {
  const reading = readJsonBytes(bytes);
  const endpoint = bodySchemaOf(path);
  if (reading.kind === 'refused' || endpoint === undefined) return reading;
  let ignored: readonly string[] = [];
  try {
    const data = readBody(endpoint.schema, reading.value, {
      unsupported: endpoint.unsupported,
      onIgnored: (paths) => {
        ignored = paths;
      },
    });
    endpoint.check(data);
    return { kind: 'checked', data, exact: exactTwin(data), ignored };
  } catch (cause) {
    const error =
      cause instanceof InvalidToolsError ? invalidParameter(cause.parameter, cause.message, 'invalid_tools') : cause;
    if (!(error instanceof ApiError)) throw error;
    const { message, status, type, code, param } = error;
    return { kind: 'invalid', message, error: { status, type, code, ...(param === null ? {} : { param }) } };
  }
}
