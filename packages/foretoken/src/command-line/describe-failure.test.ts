import { expect, it } from 'vitest';
import { describeFailure } from './describe-failure.js';

const failure = (code: string): Error => Object.assign(new Error("Cannot find package 'x'"), { code });

it('names too few open files as the cause, but not where there are enough', () => {
  expect(describeFailure(failure('EMFILE'))).toMatchObject({ exitCode: 1, line: expect.stringContaining('ulimit -n') });
  // This process may open more than are needed.
  expect(describeFailure(failure('ERR_MODULE_NOT_FOUND')).line).toBe("Cannot find package 'x'");
});
