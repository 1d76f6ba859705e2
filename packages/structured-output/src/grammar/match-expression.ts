import { includes } from './character-set.js';
import type { Expression } from './expression.js';

/** Whether an expression without rules matches a whole text. It follows all ways at once, so that no expression takes exponential time. */
export function matches(expression: Expression, text: string): boolean {
  const points = [...text];
  const ends = (of: Expression, from: ReadonlySet<number>): ReadonlySet<number> => {
    switch (of.kind) {
      case 'text': {
        const wanted = [...of.text];
        return new Set(
          [...from].filter((at) => wanted.every((c, i) => points[at + i] === c)).map((at) => at + wanted.length),
        );
      }
      case 'characters':
        return new Set(
          [...from]
            .filter((at) => at < points.length && includes(of.set, points[at]?.codePointAt(0) ?? -1))
            .map((at) => at + 1),
        );
      case 'sequence':
        return of.parts.reduce((reached, part) => ends(part, reached), from);
      case 'choice':
        return new Set(of.options.flatMap((option) => [...ends(option, from)]));
      case 'repeat': {
        let reached = from;
        for (let i = 0; i < of.minimum; i++) reached = ends(of.of, reached);
        const all = new Set(reached);
        for (let i = of.minimum; i < (of.maximum ?? Number.POSITIVE_INFINITY); i++) {
          reached = new Set([...ends(of.of, reached)].filter((at) => !all.has(at)));
          if (reached.size === 0) break;
          for (const at of reached) all.add(at);
        }
        return all;
      }
      case 'rule':
        throw new Error(`An expression with the rule ${of.name} can't be matched.`);
    }
  };
  return ends(expression, new Set([0])).has(points.length);
}
