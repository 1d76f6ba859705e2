import { ForetokenError } from '@foretoken/core';

/** A draft mode needs a model or layers that the decoder was not created with. Code `draft-unavailable`. */
export class DraftUnavailableError extends ForetokenError {
  constructor(draft: string) {
    super(
      `This model can't draft by "${draft}": what that needs is loaded with the model. Load it with draft: "${draft}".`,
      { code: 'draft-unavailable', details: { draft } },
    );
  }
}
