/*
 * Formats of JSON Schema as regular expressions, each within what RFC 3339, RFC 4122 and RFC 5321 allow. A format that
 * is not here is a remark, as JSON Schema has it by default.
 */
const DATE =
  '([12][0-9]{3}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8])))';
const TIME = '(([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,6})?(Z|[+-](0[0-9]|1[0-3]):[0-5][0-9]))';
const BYTE = '(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])';
const LABEL = '[a-zA-Z0-9]([a-zA-Z0-9-]{0,20}[a-zA-Z0-9])?';

export const STRING_FORMATS: ReadonlyMap<string, string> = new Map([
  ['date', `^${DATE}$`],
  ['time', `^${TIME}$`],
  ['date-time', `^${DATE}T${TIME}$`],
  ['uuid', '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'],
  ['ipv4', `^(${BYTE}\\.){3}${BYTE}$`],
  ['hostname', `^${LABEL}(\\.${LABEL}){0,3}$`],
  ['email', `^[a-zA-Z0-9_+-]{1,20}(\\.[a-zA-Z0-9_+-]{1,20}){0,3}@${LABEL}(\\.${LABEL}){1,3}$`],
]);

/** Of formats without a natural length a short form, for strings that have a greatest one. */
export const SHORT_FORMATS: ReadonlyMap<string, string> = new Map([
  ['hostname', '^[a-z0-9]{1,12}(\\.[a-z0-9]{1,12})?$'],
  ['email', '^[a-zA-Z0-9_+-]{1,16}@[a-zA-Z0-9]{1,12}\\.[a-z]{2,6}$'],
]);
