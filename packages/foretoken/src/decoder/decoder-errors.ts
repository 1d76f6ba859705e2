import { ForetokenError } from '@foretoken/core';

/** The model has no chat template: it is a base model, not trained for conversations. Code `no-chat-template`. */
export class NoChatTemplateError extends ForetokenError {
  constructor(model: string) {
    super(`The model ${model} has no chat template: complete raw text with generate instead.`, {
      code: 'no-chat-template',
      details: { model },
    });
  }
}
