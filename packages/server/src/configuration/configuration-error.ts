import { ForetokenError } from '@foretoken/core';

/** One thing that is wrong with a configuration. */
export interface ConfigurationProblem {
  /** Name of the setting (`engine.maxQueue`); of the file's own problems, the empty string. */
  readonly setting: string;
  /** `--max-queue`, `FORETOKEN_MAX_QUEUE`, or the path of the file. */
  readonly source: string;
  readonly message: string;
}

/** A server was told something that can't be. Code `invalid-configuration`; every problem that was found is in it. */
export class ConfigurationError extends ForetokenError {
  readonly problems: readonly ConfigurationProblem[];

  constructor(problems: readonly ConfigurationProblem[]) {
    super(problems.map(({ message }) => message).join('\n'), {
      code: 'invalid-configuration',
      details: { problems },
    });
    this.problems = problems;
  }
}
