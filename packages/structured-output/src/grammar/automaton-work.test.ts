import { describe, expect, it } from 'vitest';
import { schemaGrammar } from './schema-grammar.js';

const object = (schemas: readonly object[]): object => ({
  type: 'object',
  properties: Object.fromEntries(schemas.map((schema, i) => [`p${i}`, schema])),
});

describe('what automata of a schema may cost', () => {
  it.each<[string, string, readonly object[]]>([
    ['written', 'a pattern of many ways', [{ type: 'string', pattern: '^(a|b|ab|ba|[a-c]{2,3})*$', maxLength: 256 }]],
    [
      'written',
      'overlapping classes, counted',
      [{ type: 'string', pattern: '^(([a-m]|[h-z])*(aa|bb|cc)([a-m]|[h-z])*){1,8}$', maxLength: 256 }],
    ],
    ['refused', 'a place that must be remembered', [{ type: 'string', pattern: '^.*a.{12}$', maxLength: 256 }]],
    ['refused', 'two of them', [{ type: 'string', pattern: '^(?=.*a.{10}b)(?=.*c.{10}d).*$', maxLength: 256 }]],
    ['written', 'long repetitions', [{ type: 'string', pattern: '^[a-z]{1,5000}$', maxLength: 6_000 }]],
    [
      'refused',
      'a format beside a pattern',
      [{ type: 'string', pattern: '.*(a.{1,20}b).*', format: 'date-time', maxLength: 200 }],
    ],
    [
      'refused',
      'many strings',
      Array.from({ length: 1_000 }, (_, i) => ({
        type: 'string',
        pattern: `^(([a-m]|[h-z])*(aa|b${i})){1,8}$`,
        maxLength: 200,
      })),
    ],
    [
      'refused',
      'many divisions',
      Array.from({ length: 1_000 }, (_, i) => ({ type: 'number', multipleOf: 0.001 * (1 + i) })),
    ],
  ])('%s: %s', (expected, _, schemas) => {
    const started = performance.now();
    let outcome = 'written';
    try {
      schemaGrammar(object(schemas));
    } catch (error) {
      expect(error).toMatchObject({ code: 'invalid-constraint' });
      outcome = 'refused';
    }
    const took = performance.now() - started;
    expect(outcome).toBe(expected);
    // A second or less on a quiet machine; before there was a budget up to some minutes.
    expect(took).toBeLessThan(20_000);
  });

  it('lets strings of a pattern be as long as they may, up to some thousand states', () => {
    const rulesOf = (maxLength: number): number => {
      const grammar = schemaGrammar(object([{ type: 'string', pattern: '^[ab]*$', maxLength }]));
      return grammar.split('\n').filter((line) => line.startsWith('automaton_')).length;
    };
    expect(rulesOf(300)).toBe(301);
    expect(rulesOf(1_500)).toBe(1_501);
    expect(rulesOf(1_000_000)).toBe(2_048);
  });
});
