/** Code points as inclusive ranges, ascending, apart from each other. */
export type CharacterSet = readonly (readonly [first: number, last: number])[];

/** The last character of ASCII. */
export const LAST_ASCII = 0x7f;
const LAST = 0x10ffff;

export const ANY_CHARACTER: CharacterSet = [[0, LAST]];
/** Every character beyond ASCII. */
export const BEYOND_ASCII: CharacterSet = [[LAST_ASCII + 1, LAST]];

export function characterSet(...ranges: readonly (readonly [number, number])[]): CharacterSet {
  const merged: [number, number][] = [];
  for (const [first, last] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const previous = merged.at(-1);
    if (previous !== undefined && first <= previous[1] + 1) previous[1] = Math.max(previous[1], last);
    else merged.push([first, last]);
  }
  return merged;
}

export function oneOf(text: string): CharacterSet {
  const points = [...text].map((character) => character.codePointAt(0) ?? 0);
  return characterSet(...points.map((point) => [point, point] as const));
}

export function without(set: CharacterSet, removed: CharacterSet): CharacterSet {
  let rest: (readonly [number, number])[] = [...set];
  for (const [first, last] of removed) {
    rest = rest.flatMap(([from, to]) => {
      if (last < from || first > to) return [[from, to] as const];
      return [...(from < first ? [[from, first - 1] as const] : []), ...(to > last ? [[last + 1, to] as const] : [])];
    });
  }
  return rest;
}

export function includes(set: CharacterSet, point: number): boolean {
  return set.some(([first, last]) => first <= point && point <= last);
}

/** How many characters a set has. */
export function sizeOf(set: CharacterSet): number {
  return set.reduce((size, [first, last]) => size + last - first + 1, 0);
}

/** The characters of a set, one by one. */
export function charactersOf(set: CharacterSet): readonly number[] {
  return set.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, i) => first + i));
}
