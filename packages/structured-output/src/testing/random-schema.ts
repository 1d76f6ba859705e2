type Schema = Record<string, unknown>;

const NAMES = ['name', 'city', 'age', 'score', 'tags', 'kind', 'id', 'active', 'note', 'items', 'price', 'color'];
const WORDS = ['red', 'green', 'blue', 'small', 'large', 'cat', 'dog', 'open', 'closed', 'a "quoted" word', 'naïve'];
const PATTERNS = [
  '^[A-Z]{2}-[0-9]{3}$',
  '^(red|green|blue)$',
  '^#[0-9a-f]{6}$',
  '^[a-z]{3,8}$',
  '^v[0-9]\\.[0-9]$',
  '^\\+\\d{3,9}$',
];
const FORMATS = ['date', 'time', 'date-time', 'uuid', 'ipv4', 'email'];

/** A schema of objects, arrays, enums, patterns, numbers with bounds, optional fields, unions, whose answers can't go on for ever. */
export function randomSchema(random: () => number): Schema {
  const integer = (least: number, most: number): number => least + Math.floor(random() * (most - least + 1));
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const some = <T>(list: readonly T[], count: number): T[] =>
    [...list]
      .map((item) => ({ item, order: random() }))
      .sort((a, b) => a.order - b.order)
      .slice(0, count)
      .map(({ item }) => item);

  const leaf = (): Schema => {
    const makers: (() => Schema)[] = [
      () => ({ type: 'string', minLength: integer(0, 3), maxLength: integer(4, 12) }),
      () => ({ type: 'string', pattern: pick(PATTERNS) }),
      () => ({ type: 'string', format: pick(FORMATS) }),
      () => ({ type: 'string', enum: some(WORDS, integer(1, 4)) }),
      () => ({ enum: [...some(WORDS, 2), integer(-5, 5), null, true] }),
      () => ({ const: pick(WORDS) }),
      () => ({ type: 'boolean' }),
      () => ({ type: 'integer', minimum: integer(-120, 50), maximum: integer(51, 2_000) }),
      () => ({ type: 'integer', exclusiveMinimum: integer(-9, 9), exclusiveMaximum: integer(11, 99) }),
      () => ({ type: 'number', minimum: integer(-900, 0) / 100, maximum: integer(1, 90_000) / 1_000 }),
      () => ({ type: 'number', exclusiveMinimum: 0, maximum: 1 }),
      () => ({ type: ['integer', 'null'], minimum: 0, maximum: integer(1, 10_000) }),
    ];
    return pick(makers)();
  };
  const node = (depth: number): Schema => {
    const shape = depth === 0 ? 0 : random();
    if (shape < 0.4) return leaf();
    if (shape < 0.7) return object(depth);
    if (shape < 0.88) {
      const minItems = integer(0, 2);
      return { type: 'array', items: node(depth - 1), minItems, maxItems: minItems + integer(0, 2) };
    }
    return {
      anyOf: [leaf(), { type: 'array', prefixItems: [leaf(), leaf()], items: false, minItems: 2 }, object(depth - 1)],
    };
  };
  const object = (depth: number): Schema => {
    const names = some(NAMES, integer(1, 4));
    const properties = Object.fromEntries(names.map((name) => [name, depth <= 0 ? leaf() : node(depth - 1)]));
    return { type: 'object', properties, required: names.filter(() => random() < 0.7), additionalProperties: false };
  };
  return object(2);
}
