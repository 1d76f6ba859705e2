import { ForetokenError } from '../errors.js';

/** A tokenizer is of a kind that foretoken can't build. Code `unsupported-tokenizer`. */
export class UnsupportedTokenizerError extends ForetokenError {
  constructor(message: string, details?: Readonly<Record<string, unknown>>) {
    super(message, { code: 'unsupported-tokenizer', details });
  }
}

/** A tokenizer's description is incomplete or contradicts itself. Code `corrupt-tokenizer`. */
export class CorruptTokenizerError extends ForetokenError {
  constructor(message: string, details?: Readonly<Record<string, unknown>>, cause?: unknown) {
    super(message, { code: 'corrupt-tokenizer', details, cause });
  }
}

/** A text has more tokens than it may have. Code `text-too-long`. */
export class TextTooLongError extends ForetokenError {
  constructor(maximumTokens: number) {
    super(`The text has more than ${maximumTokens} tokens, which is the most that it may have. Shorten it.`, {
      code: 'text-too-long',
      details: { maximumTokens },
    });
  }
}

/** A chat template can't be read, or can't render these messages. Code `chat-template`. */
export class ChatTemplateError extends ForetokenError {
  constructor(message: string, details?: Readonly<Record<string, unknown>>, cause?: unknown) {
    super(message, { code: 'chat-template', details, cause });
  }
}
