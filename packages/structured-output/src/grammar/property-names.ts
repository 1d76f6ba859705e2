import { InvalidConstraintError } from '../errors.js';
import { matches } from './match-expression.js';
import { textsWith } from './regular-expression.js';
import { countOf, type Schema, stringOf, typesOf } from './schema.js';

/** What a schema of names may say beside a named property. */
const READ = new Set(['type', 'enum', 'const', 'pattern', 'minLength', 'maxLength', 'title', 'description', '$schema']);

/** Whether a schema of property names holds for one. */
export function isAllowedName(name: string, names: Schema, path: string): boolean {
  const unread = Object.keys(names).find((keyword) => !READ.has(keyword));
  if (unread !== undefined) {
    throw new InvalidConstraintError(`${unread} of propertyNames is not supported beside named properties.`, {
      path: `${path}/propertyNames`,
    });
  }
  const pattern = stringOf(names, 'pattern', path);
  const { length } = [...name];
  return (
    typesOf(names, path).includes('string') &&
    (!Array.isArray(names.enum) || names.enum.includes(name)) &&
    (!('const' in names) || names.const === name) &&
    length >= (countOf(names, 'minLength', path) ?? 0) &&
    length <= (countOf(names, 'maxLength', path) ?? length) &&
    (pattern === undefined || matches(textsWith(pattern, path), name))
  );
}
