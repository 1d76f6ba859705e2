import type { Tokenizer } from '@foretoken/core/text';
import type { ConstraintSession } from '../structured-output/constraint-session.js';
import { ConstraintUnavailableError } from '../structured-output/errors.js';
import type { OutputConstraint } from './text-engine.js';

/** The constraints of an engine's requests. What they need is started with the first. */
export class RequestConstraints {
  constructor(_tokenizer: Tokenizer, _vocabularySize: number) {}

  /** The constraint of a request, `undefined` when it has none. */
  async start(constraint: OutputConstraint | undefined): Promise<ConstraintSession | undefined> {
    if (constraint === undefined) return undefined;
    throw new ConstraintUnavailableError('Constrained output is not built in yet.');
  }

  async close(): Promise<void> {}
}
