import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { counted, type StateTable, smallest, withoutDeadEnds } from './state-table.js';

const CLASSES = 2;
const tables = fc.integer({ min: 1, max: 12 }).chain((states) =>
  fc.record({
    edges: fc.array(fc.tuple(...Array.from({ length: CLASSES }, () => fc.integer({ min: -1, max: states - 1 }))), {
      minLength: states,
      maxLength: states,
    }),
    accepting: fc.array(fc.boolean(), { minLength: states, maxLength: states }),
  }),
);

/** The texts of up to so many characters. */
function texts({ edges, accepting }: StateTable, most: number): Set<string> {
  const found = new Set<string>();
  let level: [string, number][] = edges.length > 0 ? [['', 0]] : [];
  for (let length = 0; length <= most; length++) {
    for (const [text, state] of level) if (accepting[state]) found.add(text);
    level = level.flatMap(([text, state]) =>
      (edges[state] ?? []).flatMap((to, of): [string, number][] => (to === -1 ? [] : [[`${text}${of}`, to]])),
    );
  }
  return found;
}

describe('StateTable', () => {
  it('accepts the same with dead ends gone and equal states put together, in as few states as can be', () => {
    fc.assert(
      fc.property(tables, (table) => {
        const small = smallest(withoutDeadEnds(table), CLASSES);
        expect(texts(small, 7)).toEqual(texts(table, 7));
        // No two states have the same texts: of so few states, up to as many characters tell.
        const languages = small.edges.map((_, state) => {
          const swapped = (to: number): number => (to === 0 ? state : to === state ? 0 : to);
          const edges = small.edges.map((_, at) =>
            (small.edges[swapped(at)] ?? []).map((to) => (to < 0 ? to : swapped(to))),
          );
          const accepting = small.accepting.map((_, at) => small.accepting[swapped(at)] === true);
          return [...texts({ edges, accepting }, small.edges.length)].sort().join(',');
        });
        expect(new Set(languages).size).toBe(languages.length);
      }),
    );
  });

  it('counts characters', () => {
    const bounds = fc.tuple(
      fc.integer({ min: 0, max: 5 }),
      fc.option(fc.integer({ min: 0, max: 6 }), { nil: undefined }),
    );
    fc.assert(
      fc.property(tables, bounds, (table, [minimum, maximum]) => {
        const small = smallest(withoutDeadEnds(table), CLASSES);
        const within = [...texts(small, 8)].filter(
          ({ length }) => length >= minimum && length <= (maximum ?? Number.POSITIVE_INFINITY),
        );
        expect([...texts(counted(small, { minimum, maximum, fits: () => true }), 8)].sort()).toEqual(within.sort());
      }),
    );
  });
});
