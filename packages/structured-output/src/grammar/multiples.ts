import { InvalidConstraintError } from '../errors.js';
import { expressionAutomaton, multiplesAutomaton } from './automata.js';
import { type AutomatonContext, writeIntersection } from './automaton.js';
import { characters, type Expression } from './expression.js';

/** Most steps of a last decimal: each is a state. */
const MAX_STEP = 1_000;

/** Of the numbers that an expression writes those that are multiples, without an exponent. */
export function writeMultiples(numbers: Expression, multipleOf: number, context: AutomatonContext): Expression {
  const [, digits = '', decimals = ''] = /^(\d+)(?:\.(\d+))?$/.exec(String(multipleOf)) ?? [];
  const step = Number(digits + decimals);
  if (!(step > 0 && step <= MAX_STEP)) {
    throw new InvalidConstraintError(
      `multipleOf must be positive and have at most ${MAX_STEP} steps of its last decimal, but is ${multipleOf}.`,
      { path: context.path },
    );
  }
  const automata = [expressionAutomaton(numbers, context), multiplesAutomaton(step, decimals.length)];
  return writeIntersection(automata, { character: characters, ...context });
}
