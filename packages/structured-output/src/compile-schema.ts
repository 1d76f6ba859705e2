import { Ajv, type Options, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { ANY_CHARACTER } from './grammar/character-set.js';
import { characters, type Expression, repeat } from './grammar/expression.js';
import { matches } from './grammar/match-expression.js';
import { parseRegularExpression } from './grammar/regular-expression.js';

const ANYTHING = repeat(characters(ANY_CHARACTER), 0);

/** A check of values against a schema. Formats are not checked. Throws for a schema that can't be compiled. */
export function compileSchema(schema: object, options: Pick<Options, 'allErrors' | 'verbose'> = {}): ValidateFunction {
  const all = { ...OPTIONS, ...options };
  try {
    return new Ajv2020(all).compile(schema);
  } catch {
    // `items: […]` as drafts before 2020 have it.
    return new Ajv(all).compile(schema);
  }
}

/** A pattern of a client must not block the server: JavaScript's regular expressions can take exponential time. */
const regExp = Object.assign((pattern: string) => new LinearPattern(pattern), { code: 'LinearPattern' });

class LinearPattern {
  readonly #expression: Expression;

  constructor(pattern: string) {
    this.#expression = parseRegularExpression(pattern, { character: characters, around: ANYTHING, path: '/pattern' });
  }

  test(text: string): boolean {
    return matches(this.#expression, text);
  }
}

const OPTIONS: Options = {
  strict: false,
  validateSchema: false,
  logger: false,
  code: { regExp },
  validateFormats: false,
};
