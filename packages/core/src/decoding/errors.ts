import { ForetokenError, InvalidArgumentError } from '../errors.js';

/** A prompt without tokens. Code `invalid-argument`. */
export class EmptyPromptError extends InvalidArgumentError {
  constructor() {
    super('The prompt has no tokens. Give at least one; most models have a start token for this.');
  }
}

/** The prompt leaves no room for even one token. Code `prompt-too-long`. */
export class PromptTooLongError extends ForetokenError {
  constructor(promptTokens: number, contextLength: number) {
    super(
      `The prompt has ${promptTokens} tokens, but the context holds ${contextLength} and needs room for the answer. Shorten the prompt.`,
      { code: 'prompt-too-long', details: { promptTokens, contextLength } },
    );
  }
}

/** A drafter proposed something that is not a tree within its budget. Code `invalid-draft-tree`. */
export class InvalidDraftTreeError extends ForetokenError {
  constructor(message: string, details: Readonly<Record<string, unknown>>) {
    super(message, { code: 'invalid-draft-tree', details });
  }
}

/** A drafter did not answer in time. Code `drafter-timeout`. */
export class DrafterTimeoutError extends ForetokenError {
  constructor(drafter: string, milliseconds: number) {
    super(
      `Drafter "${drafter}" did not propose within ${milliseconds} ms. Give the decoder a longer drafterTimeout if it needs more.`,
      { code: 'drafter-timeout', details: { drafter, milliseconds } },
    );
  }
}

/** A verifier broke its contract. Code `invalid-verdict`. */
export class InvalidVerdictError extends ForetokenError {
  constructor(message: string, details: Readonly<Record<string, unknown>>) {
    super(message, { code: 'invalid-verdict', details });
  }
}
