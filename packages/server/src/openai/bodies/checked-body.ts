import type { z } from 'zod';
import { ApiError } from '../../http/api-error.js';
import type { BodyReply } from './check-body.js';

/** A body that was held against the schema of its endpoint already. */
export class CheckedBody {
  readonly #schema: z.ZodType;
  readonly #reply: Extract<BodyReply, { kind: 'checked' | 'invalid' }>;

  constructor(schema: z.ZodType, reply: Extract<BodyReply, { kind: 'checked' | 'invalid' }>) {
    this.#schema = schema;
    this.#reply = reply;
  }

  /** Paths of keys that were ignored. */
  get ignored(): readonly string[] {
    return this.#reply.kind === 'checked' ? this.#reply.ignored : [];
  }

  /** @throws {ApiError} 400 as `readBody`. */
  read<S extends z.ZodType>(schema: S): z.output<S> {
    if (schema !== this.#schema) throw new TypeError('The body was held against the schema of another endpoint.');
    if (this.#reply.kind === 'checked') return this.#reply.data as z.output<S>;
    throw new ApiError(this.#reply.message, this.#reply.error);
  }

  /** For the log, where that may hold bodies. */
  toJSON(): unknown {
    return this.#reply.kind === 'checked' ? this.#reply.data : { message: this.#reply.message };
  }
}
