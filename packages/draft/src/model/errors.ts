import { ForetokenError } from '@foretoken/core/errors';

/** The draft model and the target do not have the same vocabulary, and no translation was given. */
export class DraftVocabularyMismatchError extends ForetokenError {
  constructor(message: string, details: Readonly<Record<string, unknown>>) {
    super(`${message} Draft with a model of the target's tokenizer, or pass translation: tokenTranslation(...).`, {
      code: 'vocabulary-mismatch',
      details,
    });
  }
}

/** Two vocabularies have too few tokens in common for one model to draft for the other. */
export class TooLittleSharedError extends ForetokenError {
  declare readonly details: {
    /** Tokens with the same text, as a share of the smaller vocabulary. In [0, 1]. */
    readonly share: number;
    readonly minimumShared: number;
    readonly shared: number;
    readonly draft: number;
    readonly target: number;
  };

  constructor(details: TooLittleSharedError['details']) {
    const { share, minimumShared, shared, draft, target } = details;
    super(
      `Only ${shared} token texts are in both vocabularies (draft ${draft}, target ${target}): ${share.toFixed(3)} of the smaller one, under minimumShared ${minimumShared}. Take a draft with a closer tokenizer, or lower minimumShared.`,
      { code: 'too-little-shared', details },
    );
  }
}
