/** Base of the errors of this package: of the same shape as core's `ForetokenError`, which is not loaded for it. */
class VerifierError extends Error {
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(message: string, code: string, details: Readonly<Record<string, unknown>>) {
    super(message);
    this.name = new.target.name;
    this.code = code;
    this.details = details;
  }
}

/** A draft tree's proposals can't be what its tokens were sampled from. Code `invalid-proposal`. */
export class InvalidProposalError extends VerifierError {
  constructor(message: string, details: Readonly<Record<string, unknown>>) {
    super(message, 'invalid-proposal', details);
  }
}

/** A rule for chains was given a tree that branches. Code `not-a-chain`. */
export class NotAChainError extends VerifierError {
  constructor(message: string, details: Readonly<Record<string, unknown>>) {
    super(message, 'not-a-chain', details);
  }
}

/** An option of a rule has a value that can't be used. Code `invalid-argument`. */
export class InvalidVerifierOptionError extends VerifierError {
  constructor(message: string, details: Readonly<Record<string, unknown>>) {
    super(message, 'invalid-argument', details);
  }
}
