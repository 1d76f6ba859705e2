import { Ajv, type Options, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { matches } from './grammar/match-expression.js';
import { textsWith } from './grammar/regular-expression.js';

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
const linearPattern = (pattern: string): { test(text: string): boolean; toString(): string } => {
  const expression = textsWith(pattern, '/pattern');
  // Ajv takes patterns that print alike for one.
  return { test: (text) => matches(expression, text), toString: () => pattern };
};

const OPTIONS: Options = {
  strict: false,
  validateSchema: false,
  logger: false,
  code: { regExp: Object.assign(linearPattern, { code: 'linearPattern' }) },
  validateFormats: false,
};
