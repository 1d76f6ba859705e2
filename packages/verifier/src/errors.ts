import { ForetokenError } from '@foretoken/core/errors';

/** The `proposals` of a draft tree are not valid distributions for its tokens. Code `invalid-proposal`. */
export class InvalidProposalError extends ForetokenError {
  constructor(message: string, details: Readonly<Record<string, unknown>>) {
    super(message, { code: 'invalid-proposal', details });
  }
}

/** A rule for chains was given a tree that branches. Code `not-a-chain`. */
export class NotAChainError extends ForetokenError {
  constructor(message: string, details: Readonly<Record<string, unknown>>) {
    super(message, { code: 'not-a-chain', details });
  }
}
