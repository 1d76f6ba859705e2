import { ForetokenError } from '@foretoken/core/errors';

/** A draft tree's proposals can't be what its tokens were sampled from. Code `invalid-proposal`. */
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
