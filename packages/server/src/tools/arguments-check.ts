import { compileSchema } from '@foretoken/structured-output';
import type { ValidateFunction } from 'ajv';

/** Whether a schema that `argumentsSchema` gave holds for a value. It is compiled when it is first needed. */
export function argumentsCheck(schema: object): (value: unknown) => boolean {
  let check: ValidateFunction | undefined;
  return (value) => {
    check ??= compileSchema(schema);
    return check(value) as boolean;
  };
}
