import { z } from 'zod';

/**
 * A JSON object of the client's own, such as a schema: the very object, not a copy as `z.record` gives, since what is
 * remembered of its digits and the order of its keys hangs on it.
 */
export const jsonObject = z
  .unknown()
  .transform((value, context): Readonly<Record<string, unknown>> => {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return value as Readonly<Record<string, unknown>>;
    }
    context.issues.push({ code: 'invalid_type', expected: 'record', input: value });
    return z.NEVER;
  })
  .meta({ type: 'object', additionalProperties: {} });
