import { InvalidConstraintError } from '../errors.js';
import type { Automaton, AutomatonContext } from './automaton.js';
import { type CharacterSet, characterSet, includes } from './character-set.js';
import { type Expression, positionsOf } from './expression.js';

/** Most positions of an expression with its repetitions written out. */
const MAX_POSITIONS = 20_000;

/** One step of an expression that is read: a character, or more than one way on. */
type Step =
  | { readonly kind: 'character'; readonly set: CharacterSet; readonly next: number }
  | { readonly kind: 'ways'; readonly next: readonly number[] };

/** What an expression without rules matches, or, `negated`, everything else. */
export function expressionAutomaton(
  expression: Expression,
  { path, work }: Omit<AutomatonContext, 'rules'>,
  negated = false,
): Automaton<readonly number[]> {
  if (positionsOf(expression) > MAX_POSITIONS) {
    throw new InvalidConstraintError('The pattern has too many repetitions to be put together with more.', { path });
  }
  const steps: Step[] = [{ kind: 'ways', next: [] }];
  const add = (step: Step): number => steps.push(step) - 1;
  /** From the end: the step that goes through the expression and then on to `next`. */
  const through = (of: Expression, next: number): number => {
    switch (of.kind) {
      case 'text':
        return [...of.text].reverse().reduce((after, character) => {
          const point = character.codePointAt(0) ?? 0;
          return add({ kind: 'character', set: [[point, point]], next: after });
        }, next);
      case 'characters':
        return add({ kind: 'character', set: of.set, next });
      case 'sequence':
        return of.parts.reduceRight((after, part) => through(part, after), next);
      case 'choice':
        return add({ kind: 'ways', next: of.options.map((option) => through(option, next)) });
      case 'repeat': {
        let after = next;
        if (of.maximum === undefined) {
          const ways: number[] = [next];
          after = add({ kind: 'ways', next: ways });
          ways.push(through(of.of, after));
        }
        for (let i = of.minimum; i < (of.maximum ?? 0); i++) {
          after = add({ kind: 'ways', next: [next, through(of.of, after)] });
        }
        for (let i = 0; i < of.minimum; i++) after = through(of.of, after);
        return after;
      }
      case 'rule':
        throw new Error(`An expression with the rule ${of.name} can't be put together with others.`);
    }
  };
  const reach = (from: readonly number[]): readonly number[] => {
    const reached = new Set(from);
    for (const at of reached) {
      const step = steps[at];
      if (step?.kind === 'ways') for (const next of step.next) reached.add(next);
    }
    work.spend(from.length + reached.size, path);
    return [...reached].filter((at) => at === 0 || steps[at]?.kind === 'character').sort((a, b) => a - b);
  };
  return {
    start: reach([through(expression, 0)]),
    next: (state, point) => {
      work.spend(state.length, path);
      const next = state.flatMap((at) => {
        const step = steps[at];
        return step?.kind === 'character' && includes(step.set, point) ? [step.next] : [];
      });
      return next.length === 0 && !negated ? undefined : reach(next);
    },
    accepts: (state) => state.includes(0) !== negated,
    key: (state) => state.join(' '),
    sets: steps.flatMap((step) => (step.kind === 'character' ? [step.set] : [])),
  };
}

/** How far a number is read: what is left of it in the division, in units of the last place, and its decimals so far. */
interface Division {
  readonly rest: number;
  /** `undefined` before the point. */
  readonly decimals: number | undefined;
}

/** Numbers without an exponent that are multiples of `step` units of their `places`th decimal: 0.25 is 25 and 2. */
export function multiplesAutomaton(step: number, places: number): Automaton<Division> {
  return {
    start: { rest: 0, decimals: undefined },
    next: ({ rest, decimals }, point) => {
      if (point === 0x2d) return { rest, decimals };
      if (point === 0x2e) return decimals === undefined && places > 0 ? { rest, decimals: 0 } : undefined;
      if (point < 0x30 || point > 0x39 || decimals === places) return undefined;
      return { rest: (rest * 10 + point - 0x30) % step, decimals: decimals === undefined ? undefined : decimals + 1 };
    },
    accepts: ({ rest, decimals = 0 }) => (rest * 10 ** (places - decimals)) % step === 0,
    key: ({ rest, decimals }) => `${rest}.${decimals ?? ''}`,
    sets: [...'-.0123456789'].map((character) => characterSet([character.charCodeAt(0), character.charCodeAt(0)])),
  };
}
