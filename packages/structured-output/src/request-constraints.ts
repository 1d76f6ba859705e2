import type { Tokenizer } from '@foretoken/core/text';
import { type ConstraintAsker, ConstraintCompiler } from './constraint-compiler.js';
import type { ConstraintSession } from './constraint-session.js';
import type { OutputConstraint } from './output-constraint.js';

/** The constraints of all generations of a model. What they need is started with the first. */
export class RequestConstraints {
  readonly #tokenizer: Tokenizer;
  readonly #vocabularySize: number;
  #compiler: Promise<ConstraintCompiler> | undefined;

  constructor(tokenizer: Tokenizer, vocabularySize: number) {
    this.#tokenizer = tokenizer;
    this.#vocabularySize = vocabularySize;
  }

  /**
   * The constraint of a request, `undefined` when it has none. Must be closed. What was compiled is taken again by
   * requests of the same scope.
   *
   * @throws {ForetokenError} `invalid-constraint`, `constraint-unavailable`.
   */
  async start(
    constraint: OutputConstraint | undefined,
    asker: ConstraintAsker = {},
  ): Promise<ConstraintSession | undefined> {
    if (constraint === undefined) return undefined;
    const { endTokens } = this.#tokenizer;
    const vocabularySize = this.#vocabularySize;
    this.#compiler ??= ConstraintCompiler.create({ tokenizer: this.#tokenizer, vocabularySize, endTokens });
    const compiled = await (await this.#compiler).compile(constraint, asker);
    return compiled.start();
  }

  async close(): Promise<void> {
    const compiler = await this.#compiler?.catch(() => undefined);
    await compiler?.close();
  }
}
