import { InvalidConstraintError } from '../errors.js';
import { type CharacterSet, characterSet } from './character-set.js';
import { choice, EMPTY, type Expression, rule, sequence } from './expression.js';

/** Most states while automata are put together. */
const MAX_STATES = 40_000;

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

/** For each state the next one by class of characters (-1: none), and whether a text may end there. State 0 begins. */
interface Table {
  readonly edges: readonly (readonly number[])[];
  readonly accepting: readonly boolean[];
}

/**
 * The texts that all automata accept: a rule for each state, which begins with a character and goes on with the rule of
 * the next state. Throws `InvalidConstraintError` when there are none, and when it is too large.
 */
export function writeIntersection(
  automata: readonly Automaton<unknown>[],
  options: {
    /** Writes one character of a set; `undefined` when it can write none. */
    readonly character: (set: CharacterSet) => Expression | undefined;
    /** Where the rules of the states go. */
    readonly rules: Map<string, Expression>;
    readonly path: string;
  },
): Expression {
  const { character, rules, path } = options;
  const classes = partition(automata.flatMap(({ sets }) => sets)).filter((set) => character(set) !== undefined);
  const { edges, accepting } = smallest(withoutDeadEnds(explore(automata, classes, path)), classes.length);
  if (edges.length === 0) throw new InvalidConstraintError('No text is all that is asked for here.', { path });
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

function explore(automata: readonly Automaton<unknown>[], classes: readonly CharacterSet[], path: string): Table {
  const points = classes.map((set) => set[0]?.[0] ?? 0);
  const numbers = new Map<string, number>();
  const states: (readonly unknown[])[] = [];
  const numberOf = (state: readonly unknown[]): number => {
    const key = automata.map((automaton, i) => automaton.key(state[i])).join('|');
    const known = numbers.get(key);
    if (known !== undefined) return known;
    if (states.length === MAX_STATES) {
      throw new InvalidConstraintError('Pattern, format and lengths are too large together; lower the lengths.', {
        path,
      });
    }
    numbers.set(key, states.length);
    return states.push(state) - 1;
  };
  numberOf(automata.map(({ start }) => start));
  const edges: number[][] = [];
  for (let at = 0; at < states.length; at++) {
    edges.push(
      points.map((point) => {
        const next: unknown[] = [];
        for (const [i, automaton] of automata.entries()) {
          const state = automaton.next(states[at]?.[i], point);
          if (state === undefined) return -1;
          next.push(state);
        }
        return numberOf(next);
      }),
    );
  }
  return { edges, accepting: states.map((state) => automata.every((automaton, i) => automaton.accepts(state[i]))) };
}

/** Without the states from which no text can end. */
function withoutDeadEnds({ edges, accepting }: Table): Table {
  const before: number[][] = edges.map(() => []);
  for (const [from, targets] of edges.entries()) {
    for (const target of targets) if (target !== -1) before[target]?.push(from);
  }
  const alive = new Set(accepting.flatMap((accepts, state) => (accepts ? [state] : [])));
  for (const state of alive) for (const from of before[state] ?? []) alive.add(from);
  return renumbered({ edges, accepting }, (state) => (alive.has(state) ? state : -1));
}

/** States from which the same texts can end, put together (Moore's algorithm). */
function smallest({ edges, accepting }: Table, classes: number): Table {
  let groups = accepting.map(Number);
  for (let count = 0; ; ) {
    const numbers = new Map<string, number>();
    groups = edges.map((targets, state) => {
      const seen = targets.map((target) => (target === -1 ? -1 : groups[target]));
      const key = `${groups[state]}:${classes === 0 ? '' : seen.join(',')}`;
      const number = numbers.get(key) ?? numbers.size;
      numbers.set(key, number);
      return number;
    });
    if (numbers.size === count) break;
    count = numbers.size;
  }
  const first = new Map<number, number>();
  for (const [state, group] of groups.entries()) if (!first.has(group)) first.set(group, state);
  return renumbered({ edges, accepting }, (state) => first.get(groups[state] ?? 0) ?? -1);
}

/** The states that stand for themselves, numbered anew; `of` gives the one that a state is replaced by, or -1. */
function renumbered({ edges, accepting }: Table, of: (state: number) => number): Table {
  const kept = edges.flatMap((_, state) => (of(state) === state ? [state] : []));
  if (kept[0] !== 0) return { edges: [], accepting: [] };
  const numbers = new Map(kept.map((state, i) => [state, i]));
  return {
    edges: kept.map((state) => (edges[state] ?? []).map((to) => (to === -1 ? -1 : (numbers.get(of(to)) ?? -1)))),
    accepting: kept.map((state) => accepting[state] === true),
  };
}
