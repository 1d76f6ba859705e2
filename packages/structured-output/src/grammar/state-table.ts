/** A deterministic automaton, written out. State 0 begins; no states: it accepts nothing. */
export interface StateTable {
  /** For each state the next one by class of characters; -1: none. */
  readonly edges: readonly (readonly number[])[];
  /** Whether a text may end in a state. */
  readonly accepting: readonly boolean[];
}

/** Without the states from which no text can end. */
export function withoutDeadEnds({ edges, accepting }: StateTable): StateTable {
  const before: number[][] = edges.map(() => []);
  for (const [from, targets] of edges.entries()) {
    for (const target of targets) if (target !== -1) before[target]?.push(from);
  }
  const alive = new Set(accepting.flatMap((accepts, state) => (accepts ? [state] : [])));
  for (const state of alive) for (const from of before[state] ?? []) alive.add(from);
  return renumbered({ edges, accepting }, (state) => (alive.has(state) ? state : -1));
}

/**
 * States from which the same texts can end, put together. Takes states x classes x log(states).
 *
 * Source: J. Hopcroft, "An n log n algorithm for minimizing states in a finite automaton" (1971).
 */
export function smallest({ edges, accepting }: StateTable, classes: number): StateTable {
  // What has no next state goes to one more state, from which nothing ends.
  const sink = edges.length;
  const before: number[][][] = Array.from({ length: classes }, () => Array.from({ length: sink + 1 }, () => []));
  for (let state = 0; state <= sink; state++) {
    for (let of = 0; of < classes; of++) {
      const target = edges[state]?.[of] ?? -1;
      before[of]?.[target === -1 ? sink : target]?.push(state);
    }
  }
  const groups: number[][] = [[], []];
  const groupOf: number[] = Array.from({ length: sink + 1 }, (_, state) => (accepting[state] === true ? 1 : 0));
  for (const [state, group] of groupOf.entries()) groups[group]?.push(state);
  const waiting = new Set([0, 1]);
  for (const splitter of waiting) {
    waiting.delete(splitter);
    const members = [...(groups[splitter] ?? [])];
    for (const sources of before) {
      const hit = new Map<number, number[]>();
      for (const member of members) {
        for (const state of sources[member] ?? []) {
          const group = groupOf[state] ?? 0;
          const states = hit.get(group);
          if (states === undefined) hit.set(group, [state]);
          else states.push(state);
        }
      }
      for (const [group, states] of hit) {
        const whole = groups[group] ?? [];
        if (states.length === whole.length) continue;
        const split = new Set(states);
        const rest = whole.filter((state) => !split.has(state));
        const [larger, smaller] = states.length > rest.length ? [states, rest] : [rest, states];
        groups[group] = larger;
        const added = groups.push(smaller) - 1;
        for (const state of smaller) groupOf[state] = added;
        // The smaller half is enough, unless the whole still waits: then both do.
        waiting.add(added);
      }
    }
  }
  const first = new Map<number, number>();
  for (const [state, group] of groupOf.entries()) if (!first.has(group)) first.set(group, state);
  return renumbered({ edges, accepting }, (state) => first.get(groupOf[state] ?? 0) ?? -1);
}

/**
 * The texts of an automaton that have so many characters. `fits` is asked for each length whether so many
 * states, with each length at which a text comes to them, may be counted; longer texts are left out where they may not.
 */
export function counted(
  { edges, accepting }: StateTable,
  {
    minimum,
    maximum,
    fits,
  }: {
    readonly minimum: number;
    readonly maximum: number | undefined;
    readonly fits: (states: number, length: number) => boolean;
  },
): StateTable {
  const layers = layersOf(edges, { last: maximum ?? minimum, fits });
  const numbers = new Map<string, number>();
  const states: { readonly targets: readonly number[]; readonly accepts: boolean }[] = [];
  const numberOf = (accepts: boolean, targets: readonly number[]): number => {
    if (!accepts && targets.every((target) => target === -1)) return -1;
    const key = `${accepts}:${targets.join(',')}`;
    const number = numbers.get(key) ?? states.push({ targets, accepts }) - 1;
    numbers.set(key, number);
    return number;
  };
  // From the longest texts to the shortest: the number of each state after one character more.
  let next = new Map<number, number>();
  if (maximum === undefined && layers.length === minimum + 1) {
    layers.pop();
    for (const [state, targets] of edges.entries()) {
      const accepts = accepting[state] === true;
      next.set(state, states.push({ targets, accepts }) - 1);
      numbers.set(`${accepts}:${targets.join(',')}`, state);
    }
  }
  for (let layer = layers.pop(); layer !== undefined; layer = layers.pop()) {
    const length = layers.length;
    const after = next;
    next = new Map();
    for (const state of layer) {
      const targets = (edges[state] ?? []).map((target) => (target === -1 ? -1 : (after.get(target) ?? -1)));
      next.set(state, numberOf(accepting[state] === true && length >= minimum, targets));
    }
  }
  return reachable(states, next.get(0) ?? -1);
}

/** The states that texts of each length come to, up to the last length. */
function layersOf(
  edges: readonly (readonly number[])[],
  { last, fits }: { readonly last: number; readonly fits: (states: number, length: number) => boolean },
): Set<number>[] {
  const layers = edges.length === 0 ? [] : [new Set([0])];
  let size = 1;
  for (let layer = layers[0]; layer !== undefined && layers.length <= last; ) {
    const following = new Set<number>();
    for (const state of layer) for (const target of edges[state] ?? []) if (target !== -1) following.add(target);
    size += following.size;
    if (following.size === 0 || !fits(size, layers.length)) break;
    layers.push(following);
    layer = following;
  }
  return layers;
}

/** The states that a text can come to from one of them, which becomes state 0. */
function reachable(
  states: readonly { readonly targets: readonly number[]; readonly accepts: boolean }[],
  start: number,
): StateTable {
  if (start === -1) return { edges: [], accepting: [] };
  const places = new Map([[start, 0]]);
  const edges: number[][] = [];
  const accepting: boolean[] = [];
  for (const state of places.keys()) {
    const { targets = [], accepts = false } = states[state] ?? {};
    accepting.push(accepts);
    edges.push(
      targets.map((target) => {
        if (target === -1) return -1;
        const place = places.get(target) ?? places.size;
        places.set(target, place);
        return place;
      }),
    );
  }
  return { edges, accepting };
}

/** The states that stand for themselves, numbered anew; `of` gives the one that a state is replaced by, or -1. */
function renumbered({ edges, accepting }: StateTable, of: (state: number) => number): StateTable {
  const kept = edges.flatMap((_, state) => (of(state) === state ? [state] : []));
  if (kept[0] !== 0) return { edges: [], accepting: [] };
  const numbers = new Map(kept.map((state, i) => [state, i]));
  return {
    edges: kept.map((state) => (edges[state] ?? []).map((to) => (to === -1 ? -1 : (numbers.get(of(to)) ?? -1)))),
    accepting: kept.map((state) => accepting[state] === true),
  };
}
