import { Ajv, type Options, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { ANY_CHARACTER } from '../structured-output/grammar/character-set.js';
import { characters, type Expression, repeat } from '../structured-output/grammar/expression.js';
import { matches } from '../structured-output/grammar/match-expression.js';
import { parseRegularExpression } from '../structured-output/grammar/regular-expression.js';

const ANYTHING = repeat(characters(ANY_CHARACTER), 0);

/** Whether a schema that `argumentsSchema` gave holds for a value. It is compiled when it is first needed. */
export function argumentsCheck(schema: object): (value: unknown) => boolean {
  let check: ValidateFunction | undefined;
  return (value) => {
    check ??= compile(schema);
    return check(value) as boolean;
  };
}

function compile(schema: object): ValidateFunction {
  try {
    return new Ajv2020(OPTIONS).compile(schema);
  } catch {
    // `items: […]` as drafts before 2020 have it.
    return new Ajv(OPTIONS).compile(schema);
  }
}

/** A pattern of a client must not hold the server up: JavaScript's own expressions can take exponential time. */
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
