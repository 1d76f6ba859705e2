import { OperatorsError } from './errors.js';
import { INSTRUCTIONS } from './kernel-sources.js';

/** A variable of the environment that the operators read, and what it may be. */
interface Variable {
  readonly name: string;
  /** In words. */
  readonly allowed: string;
  readonly allows: (text: string) => boolean;
}

/** Threads of the operators' pool; more than any machine has use for is a slip of the keyboard. */
const MOST_THREADS = 1024;

const NAMES: readonly string[] = INSTRUCTIONS[process.arch] ?? Object.values(INSTRUCTIONS).flat();

const VARIABLES: readonly Variable[] = [
  {
    name: 'FORETOKEN_THREADS',
    allowed: `a whole number from 1 to ${MOST_THREADS}`,
    allows: (text) => /^[1-9]\d{0,3}$/.test(text) && Number(text) <= MOST_THREADS,
  },
  {
    name: 'FORETOKEN_INSTRUCTIONS',
    allowed: `one of ${NAMES.join(', ')}`,
    allows: (text) => NAMES.includes(text),
  },
];

/** What is wrong with a variable of the operators. */
export interface OperatorsVariableProblem {
  readonly name: string;
  /** A sentence with the value and what it may be. */
  readonly message: string;
}

/** Names of the variables that the operators read. */
export const OPERATORS_VARIABLES: readonly string[] = VARIABLES.map(({ name }) => name);

/** The variables of the operators with invalid values. An empty variable counts as not set. */
export function operatorsVariableProblems(
  environment: Readonly<Record<string, string | undefined>>,
): readonly OperatorsVariableProblem[] {
  return VARIABLES.flatMap(({ name, allowed, allows }) => {
    const text = environment[name];
    if (text === undefined || text === '' || allows(text)) return [];
    return [{ name, message: `${name} must be ${allowed}, but is ${JSON.stringify(text)}.` }];
  });
}

/**
 * Throws for invalid values of the operators' variables.
 *
 * @throws {OperatorsError} `invalid-option` with all that is wrong.
 */
export function checkOperatorsVariables(environment: Readonly<Record<string, string | undefined>>): void {
  const problems = operatorsVariableProblems(environment);
  if (problems.length > 0) {
    throw new OperatorsError('invalid-option', problems.map(({ message }) => message).join(' '));
  }
}
