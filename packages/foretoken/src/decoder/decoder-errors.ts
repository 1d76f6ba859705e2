import { ForetokenError } from '@foretoken/core';

/** The model was made without conversations in mind. Code `no-chat-template`. */
export class NoChatTemplateError extends ForetokenError {
  constructor(model: string) {
    super(`The model ${model} has no chat template: complete raw text with generate instead.`, {
      code: 'no-chat-template',
      details: { model },
    });
  }
}
