import { ForetokenError } from '@foretoken/core';

/** Tools or a tool choice that can't be used. Code `invalid-tools`. */
export class InvalidToolsError extends ForetokenError {
  /** The parameter of the request: `tools[2].function.name`, `tool_choice`. */
  readonly parameter: string;

  constructor(parameter: string, message: string) {
    super(message, { code: 'invalid-tools', details: { parameter } });
    this.parameter = parameter;
  }
}
