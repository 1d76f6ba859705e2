import { InvalidConstraintError } from '../errors.js';
import { MAX_GRAMMAR_POSITIONS } from '../limits.js';
import { type AutomatonWork, tooLarge } from './automaton-work.js';
import { type CharacterSet, characterSet } from './character-set.js';
import { choice, EMPTY, type Expression, rule, sequence } from './expression.js';
import { counted, type StateTable, smallest, withoutDeadEnds } from './state-table.js';

/** Most states while automata are put together. */
const MAX_STATES = 10_000;
/** Longest strings that are counted whatever else there is. */
const LEAST_LENGTH = 256;
/** Most states with a length each while texts are counted. */
const MAX_COUNTED_STATES = 20_000;

/** A language as a deterministic automaton, whose states are made as they are reached. */
export interface Automaton<State> {
  readonly start: State;
  /** `undefined` when no text of the language begins like this. */
  next(state: State, point: number): State | undefined;
  accepts(state: State): boolean;
  /** Equal for states that are the same. */
  key(state: State): string | number;
  /** Sets that tell characters apart: `next` is the same for all that are in the same ones of them. */
  readonly sets: readonly CharacterSet[];
}

/** Where automata are written. */
export interface AutomatonContext {
  /** Where the rules of their states go. */
  readonly rules: Map<string, Expression>;
  readonly work: AutomatonWork;
  /** Where the schema asks for them. */
  readonly path: string;
}

/**
 * The texts that all automata accept: a rule for each state, which begins with a character and goes on with the rule of
 * the next state. Throws `InvalidConstraintError` when there are none, and when it is too large.
 */
export function writeIntersection(
  automata: readonly Automaton<unknown>[],
  options: AutomatonContext & {
    /** Writes one character of a set; `undefined` when it can write none. */
    readonly character: (set: CharacterSet) => Expression | undefined;
    /** How many characters the texts have. @default any number */
    readonly length?: { readonly minimum: number; readonly maximum: number | undefined };
  },
): Expression {
  const { character, length, rules, work, path } = options;
  const classes = partition(automata.flatMap(({ sets }) => sets)).filter((set) => character(set) !== undefined);
  const explored = withoutDeadEnds(explore(automata, classes, { path, work }));
  work.spend(explored.edges.length * classes.length * Math.ceil(Math.log2(explored.edges.length + 1)), path);
  const table = smallest(explored, classes.length);
  const { edges, accepting } = length === undefined ? table : withLength(table, length, { work, path });
  if (edges.length === 0) throw new InvalidConstraintError('No text is all that is asked for here.', { path });
  if (rules.size + edges.length > MAX_GRAMMAR_POSITIONS) throw tooLarge(path);
  const prefix = `automaton_${rules.size}`;
  for (const [state, targets] of edges.entries()) {
    const sets = new Map<number, CharacterSet>();
    for (const [i, target] of targets.entries()) {
      if (target !== -1) sets.set(target, characterSet(...(sets.get(target) ?? []), ...(classes[i] ?? [])));
    }
    const steps = [...sets].map(([target, set]) => sequence(character(set) ?? EMPTY, rule(`${prefix}_${target}`)));
    rules.set(`${prefix}_${state}`, choice(...(accepting[state] === true ? [EMPTY] : []), ...steps));
  }
  return rule(`${prefix}_0`);
}

/** The texts of so many characters; of a bound that is very high those that are no longer than can be counted. */
function withLength(
  table: StateTable,
  { minimum, maximum }: { readonly minimum: number; readonly maximum: number | undefined },
  { work, path }: Omit<AutomatonContext, 'rules'>,
): StateTable {
  const least = Math.max(minimum, Math.min(maximum ?? 0, LEAST_LENGTH));
  const fits = (states: number, length: number): boolean => {
    if (length > least) return states <= work.states;
    if (states > MAX_COUNTED_STATES) throw tooLarge(path);
    return true;
  };
  const result = counted(table, { minimum, maximum, fits });
  work.count(result.edges.length, path);
  return result;
}

/** The characters, put together where all sets hold all of them or none. */
function partition(sets: readonly CharacterSet[]): readonly CharacterSet[] {
  const bounds = [
    ...new Set([0, 0x110000, ...sets.flatMap((set) => set.flatMap(([first, last]) => [first, last + 1]))]),
  ];
  bounds.sort((a, b) => a - b);
  const classes = new Map<string, (readonly [number, number])[]>();
  for (const [i, first] of bounds.slice(0, -1).entries()) {
    const members = sets.map((set) => (set.some(([from, to]) => from <= first && first <= to) ? '1' : '0')).join('');
    const ranges = classes.get(members) ?? [];
    classes.set(members, ranges);
    ranges.push([first, (bounds[i + 1] ?? 0) - 1]);
  }
  return [...classes.values()].map((ranges) => characterSet(...ranges));
}

function explore(
  automata: readonly Automaton<unknown>[],
  classes: readonly CharacterSet[],
  { path, work }: Omit<AutomatonContext, 'rules'>,
): StateTable {
  const points = classes.map((set) => set[0]?.[0] ?? 0);
  const numbered = automata.map((automaton) => new NumberedAutomaton(automaton, points));
  const numbers = new Map<string, number>();
  const states: (readonly number[])[] = [];
  const numberOf = (state: readonly number[]): number => {
    const key = state.join(' ');
    const known = numbers.get(key);
    if (known !== undefined) return known;
    if (states.length === MAX_STATES) throw tooLarge(path);
    numbers.set(key, states.length);
    return states.push(state) - 1;
  };
  numberOf(numbered.map(() => 0));
  const edges: number[][] = [];
  for (let at = 0; at < states.length; at++) {
    work.spend(points.length, path);
    edges.push(
      points.map((_, of) => {
        const next: number[] = [];
        for (const [i, automaton] of numbered.entries()) {
          const state = automaton.next(states[at]?.[i] ?? 0, of);
          if (state === -1) return -1;
          next.push(state);
        }
        return numberOf(next);
      }),
    );
  }
  const accepting = states.map((state) => numbered.every((automaton, i) => automaton.accepts(state[i] ?? 0)));
  return { edges, accepting };
}

/** An automaton whose states have numbers, and whose steps are made once. State 0 begins. */
class NumberedAutomaton {
  readonly #automaton: Automaton<unknown>;
  readonly #points: readonly number[];
  readonly #numbers = new Map<string | number, number>();
  readonly #states: unknown[] = [];
  readonly #edges: (number | undefined)[][] = [];

  constructor(automaton: Automaton<unknown>, points: readonly number[]) {
    this.#automaton = automaton;
    this.#points = points;
    this.#number(automaton.start);
  }

  /** -1: none. */
  next(state: number, of: number): number {
    const edges = this.#edges[state] ?? [];
    this.#edges[state] = edges;
    edges[of] ??= this.#step(state, of);
    return edges[of];
  }

  accepts(state: number): boolean {
    return this.#automaton.accepts(this.#states[state]);
  }

  #step(state: number, of: number): number {
    const next = this.#automaton.next(this.#states[state], this.#points[of] ?? 0);
    return next === undefined ? -1 : this.#number(next);
  }

  #number(state: unknown): number {
    const key = this.#automaton.key(state);
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    this.#numbers.set(key, this.#states.length);
    return this.#states.push(state) - 1;
  }
}
