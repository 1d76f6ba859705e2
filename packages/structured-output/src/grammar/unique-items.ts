import { InvalidConstraintError } from '../errors.js';
import { choice, EMPTY, type Expression, sequence, text } from './expression.js';
import { ITEM_SEPARATOR, writeJson } from './json-text.js';

/**
 * An array in which nothing comes twice: of listed values, each once at most and in their order, since a grammar can't
 * remember which ones came.
 */
export function uniqueItems(
  listed: readonly unknown[],
  options: {
    readonly minimum: number;
    readonly maximum: number | undefined;
    /** Gives an expression a name. */
    readonly define: (name: string, expression: Expression) => Expression;
    readonly path: string;
  },
): Expression {
  const { minimum, define, path } = options;
  const values = [...new Set(listed.map(writeJson))];
  const maximum = Math.min(options.maximum ?? values.length, values.length);
  if (minimum > maximum) {
    throw new InvalidConstraintError(`There are no ${minimum} different items among ${values.length} values.`, {
      path,
    });
  }
  // How many came matters up to the least number if all may come, and whether one came, for the separator.
  const most = maximum < values.length ? maximum : Math.max(1, minimum);
  // For each number of items that came: what may follow, with the values from one on. From the last value to the first.
  let following: (Expression | undefined)[] = Array.from({ length: most + 1 }, (_, count) =>
    count >= minimum ? EMPTY : undefined,
  );
  for (const value of values.reverse()) {
    following = following.map((without, count) => {
      const isFull = maximum < values.length && count === most;
      const rest = isFull ? undefined : following[Math.min(count + 1, most)];
      if (rest === undefined) return without;
      const taken = sequence(text(value), rest);
      const written = count === 0 ? taken : sequence(text(ITEM_SEPARATOR), taken);
      return define('unique', without === undefined ? written : choice(written, without));
    });
  }
  return sequence(text('['), following[0] ?? EMPTY, text(']'));
}
