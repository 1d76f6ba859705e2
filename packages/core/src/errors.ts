/** What every error of foretoken carries beside its message. */
export interface ForetokenErrorOptions {
  /** Stable, machine-readable name of what went wrong, in kebab-case (`'kv-capacity'`). */
  readonly code: string;
  /** The values that the message mentions, for programs and logs. */
  readonly details?: Readonly<Record<string, unknown>> | undefined;
  /** The error that caused this one. */
  readonly cause?: unknown;
}

const MARKER = Symbol.for('foretoken.error');

/**
 * Base of every expected error of foretoken, in all of its packages. `instanceof` recognises it by a marker, so that it
 * also works for errors of another copy of this package (ES module and CommonJS, two versions in one tree). Its message
 * says what was wrong, with what value, and what to do; `code` is stable across versions and meant for programs.
 */
export class ForetokenError extends Error {
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>>;

  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: a subclass answers for itself.
    if (this !== ForetokenError) return Function.prototype[Symbol.hasInstance].call(this, value);
    return value instanceof Error && MARKER in value;
  }

  get [MARKER](): true {
    return true;
  }

  constructor(message: string, options: ForetokenErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = options.code;
    this.details = options.details ?? {};
  }
}

/** An argument or option has a value that can't be used. Code `invalid-argument`. */
export class InvalidArgumentError extends ForetokenError {
  constructor(message: string, details?: Readonly<Record<string, unknown>>) {
    super(message, { code: 'invalid-argument', details });
  }
}
