import { InvalidToolsError } from '../../tools/index.js';

/** Names the parameter as it is here, where a function is described beside its type, not below it. */
export function refuseTools(error: unknown): never {
  if (!(error instanceof InvalidToolsError)) throw error;
  throw new InvalidToolsError(error.parameter.replace('].function', ']'), error.message);
}
