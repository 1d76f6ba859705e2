import type { DraftTree, TokenId } from '@foretoken/core';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/src/testing/seeded-random.js';
import { STRING_FORMATS } from './grammar/string-formats.js';
import { ConstraintCompiler, type ConstraintSession } from './index.js';
import type { OutputConstraint } from './output-constraint.js';
import { randomSchema } from './testing/random-schema.js';
import { allowedTokens, randomAnswer } from './testing/random-walk.js';
import { END, smallTokenizer } from './testing/small-tokenizer.js';

const tokenizer = smallTokenizer();
const { vocabularySize } = tokenizer;
const leadOut = [...'"}]'].map((character) => character.charCodeAt(0));
const ajv = new Ajv2020({ strict: false });
for (const [name, pattern] of STRING_FORMATS) ajv.addFormat(name, new RegExp(pattern));

let compiler: ConstraintCompiler;
beforeAll(() => {
  compiler = new ConstraintCompiler({ tokenizer, vocabularySize });
});
afterAll(() => compiler.close());

const start = async (schema: unknown): Promise<ConstraintSession> =>
  compiler.start({ kind: 'json-schema', schema: JSON.stringify(schema) });

async function answer(schema: unknown, random: () => number): Promise<string | undefined> {
  const session = await start(schema);
  try {
    const tokens = await randomAnswer(session, { random, vocabularySize, end: END, limit: 2_000, leadOut });
    return tokens && tokenizer.decode(tokens);
  } finally {
    session.close();
  }
}

describe('ConstraintCompiler', () => {
  it('lets nothing through that does not parse and validate', async () => {
    let ended = 0;
    for (let seed = 0; seed < 60; seed++) {
      const random = seededRandom(seed);
      const schema = randomSchema(random);
      for (let run = 0; run < 3; run++) {
        const text = await answer(schema, random);
        if (text === undefined) continue;
        ended++;
        const valid = ajv.validate(schema, JSON.parse(text));
        expect(valid, `seed ${seed}: ${text} is not ${JSON.stringify(schema)}: ${ajv.errorsText()}`).toBe(true);
      }
    }
    expect(ended).toBeGreaterThan(150);
  });

  it.each<[string, object]>([
    ['any object', { type: 'object' }],
    ['anything', {}],
    [
      'recursion',
      {
        $defs: {
          n: { type: 'object', properties: { v: { type: 'integer' }, next: { $ref: '#/$defs/n' } }, required: ['v'] },
        },
        $ref: '#/$defs/n',
      },
    ],
    [
      'references with more beside them',
      {
        $defs: { a: { type: 'integer', minimum: 3 } },
        properties: { x: { $ref: '#/$defs/a', maximum: 5 } },
        required: ['x'],
      },
    ],
    [
      'allOf',
      {
        allOf: [
          { type: 'object', properties: { a: { type: 'null' } } },
          { properties: { b: { const: 'é"\\' } }, required: ['a', 'b'] },
        ],
      },
    ],
    [
      'oneOf told apart',
      {
        oneOf: [
          { type: 'object', properties: { t: { const: 1 }, a: { type: 'boolean' } }, required: ['t'] },
          { type: 'object', properties: { t: { const: 2 } }, required: ['t'] },
          { type: 'null' },
        ],
      },
    ],
    ['maps', { type: 'object', additionalProperties: { enum: [1, 2] }, minProperties: 1, maxProperties: 3 }],
    [
      'tuples',
      {
        type: 'array',
        prefixItems: [{ const: 'a' }, { type: 'boolean' }],
        items: { type: 'null' },
        minItems: 1,
        maxItems: 4,
      },
    ],
    [
      'odd names',
      {
        properties: { 'a"b\\c': { const: 1 }, __proto__x: { const: 2 }, 'é\n': { const: 3 } },
        required: ['a"b\\c', '__proto__x', 'é\n'],
      },
    ],
    ['a pattern that is found anywhere', { type: 'string', pattern: 'ab|^"\\\\' }],
    ['a required property that is not described', { type: 'object', properties: { a: { const: 1 } }, required: ['b'] }],
  ])('lets only valid answers through: %s', async (_, schema) => {
    const random = seededRandom(7);
    let ended = 0;
    for (let run = 0; run < 12; run++) {
      const text = await answer(schema, random);
      if (text === undefined) continue;
      ended++;
      expect(ajv.validate(schema, JSON.parse(text)), `${text}: ${ajv.errorsText()}`).toBe(true);
    }
    expect(ended).toBeGreaterThan(0);
  });

  it.each<[OutputConstraint, RegExp]>([
    [{ kind: 'regex', pattern: '[a-c]{2,4}x?é' }, /^[a-c]{2,4}x?é$/],
    [{ kind: 'grammar', grammar: 'root ::= "ab" root | "."' }, /^(ab)*\.$/],
    [{ kind: 'json' }, /^.+$/s],
    [
      {
        kind: 'structural-tag',
        tag: JSON.stringify({
          type: 'structural_tag',
          format: {
            type: 'sequence',
            elements: [
              { type: 'const_string', value: '<<' },
              { type: 'regex', pattern: '[ab]{3}' },
              { type: 'json_schema', json_schema: { const: [1] } },
            ],
          },
        }),
      },
      /^<<[ab]{3}\[1\]$/,
    ],
  ])('holds answers to %j', async (constraint, expected) => {
    for (let seed = 0; seed < 10; seed++) {
      const session = await compiler.start(constraint);
      const tokens = await randomAnswer(session, {
        random: seededRandom(seed),
        vocabularySize,
        end: END,
        limit: 400,
        leadOut,
      });
      session.close();
      if (tokens !== undefined) expect(tokenizer.decode(tokens)).toMatch(expected);
    }
  });

  it('prepares every way through a tree of guesses, and drops what can not come', async () => {
    const schema = {
      type: 'array',
      items: { anyOf: [{ const: 'ab' }, { type: 'integer', minimum: 0, maximum: 1200 }] },
    };
    const likely = fc.constantFrom(...[...'[]", 0ab12}'].map((c) => c.charCodeAt(0)), 256 + 15, 256 + 14, 256 + 6, END);
    const tree = fc.array(fc.tuple(likely, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })), {
      minLength: 1,
      maxLength: 9,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(tree, { minLength: 1, maxLength: 6 }), fc.integer(), async (trees, seed) => {
        const random = seededRandom(seed);
        const session = await start(schema);
        const said: number[] = [];
        for (const nodes of trees) {
          const parents = Int32Array.from(nodes, ([, place], i) => Math.floor(place * (i + 1)) - 1);
          const guesses = {
            tokens: Int32Array.from(nodes, ([token]) => token),
            parents,
            confidences: Float32Array.from(nodes, (_, i) => i / 10),
          };
          const kept = await session.prepareTree(guesses);
          const paths = pathsOf(guesses);
          const possible: number[][] = [];
          for (const path of paths) if (await isPossible(schema, [...said, ...path])) possible.push(path);
          expect(kept === undefined ? [] : pathsOf(kept)).toEqual(possible);
          expect(kept?.confidences?.length).toBe(kept?.tokens.length);
          for (const path of [[], ...possible]) {
            const fork = session.constraint.fork();
            for (const token of path) fork.accept(token as TokenId);
            expect(allowedTokens(fork, vocabularySize)).toEqual(await allowedAfter(schema, [...said, ...path]));
          }
          const accepted = possible[Math.floor(random() * possible.length)] ?? [];
          for (const token of accepted) session.constraint.accept(token as TokenId);
          said.push(...accepted);
          const own = allowedTokens(session.constraint, vocabularySize);
          const next = own[Math.floor(random() * own.length)] ?? END;
          session.constraint.accept(next as TokenId);
          said.push(next);
        }
        session.close();
      }),
      {
        numRuns: 40,
        // Guesses that go on from the second of two equal siblings.
        examples: [
          [
            [
              [
                [91, 0],
                [91, 0],
                [50, 0.67],
              ],
              [[91, 0]],
            ],
            0,
          ],
        ],
      },
    );
  });

  it('guesses what is forced, and only that', async () => {
    const session = await start({ type: 'object', properties: { name: { enum: ['abc', 'abd'] } }, required: ['name'] });
    const drafting = session.drafter.open(new Int32Array(0));
    const budget = { depth: 40, width: 1, nodes: 40, minimumConfidence: 0 };
    const guess = async (): Promise<string | undefined> => {
      const tree = await drafting.propose(budget);
      if (tree === undefined) return undefined;
      expect(await session.prepareTree(tree)).toBe(tree);
      for (const token of tree.tokens) session.constraint.accept(token as TokenId);
      return tokenizer.decode(tree.tokens);
    };
    const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const before = timers();
    expect(await guess()).toBe('{"name": "ab');
    expect(await guess()).toBeUndefined();
    // What bounds the time of a guess does not go on behind it.
    expect(timers()).toBe(before);
    await session.prepareTree(undefined);
    session.constraint.accept('d'.charCodeAt(0) as TokenId);
    expect((await drafting.propose({ ...budget, depth: 1 }))?.tokens).toEqual(Int32Array.of(34));
    expect(await guess()).toBe('"}');
    await session.prepareTree(undefined);
    expect(allowedTokens(session.constraint, vocabularySize)).toEqual([END]);
    session.close();
    expect(await guess()).toBeUndefined();
  });

  it('allows nothing but the end after a complete answer', async () => {
    const session = await start({ const: 'ab' });
    for (const token of [34, 256 + 14, 34]) {
      await session.prepareTree(undefined);
      session.constraint.accept(token as TokenId);
    }
    await session.prepareTree(undefined);
    expect(allowedTokens(session.constraint, vocabularySize)).toEqual([END]);
    session.constraint.accept(END as TokenId);
    await session.prepareTree(undefined);
    expect(allowedTokens(session.constraint, vocabularySize)).toEqual([END]);
    session.close();
  });

  it('says so when it was not prepared, and when it was closed', async () => {
    const session = await start({ type: 'boolean' });
    const mask = (): void => session.constraint.mask(new Float32Array(vocabularySize));
    expect(mask).toThrow(expect.objectContaining({ code: 'constraint-state' }));
    await session.prepareTree(undefined);
    expect(mask).not.toThrow();
    session.constraint.accept('t'.charCodeAt(0) as TokenId);
    expect(mask).toThrow(expect.objectContaining({ code: 'constraint-state' }));
    session.close();
    session.close();
    await expect(session.prepareTree(undefined)).rejects.toMatchObject({ code: 'constraint-state' });
  });
});

function pathsOf({ tokens, parents }: Pick<DraftTree, 'tokens' | 'parents'>): number[][] {
  const paths: number[][] = [];
  for (const [node, token] of tokens.entries()) paths.push([...(paths[parents[node] ?? -1] ?? []), token]);
  return paths;
}

/** What may follow, by a session that takes one token at a time; `undefined` when the tokens can't come. */
async function walk(schema: unknown, tokens: readonly number[]): Promise<number[] | undefined> {
  const session = await start(schema);
  try {
    for (const token of tokens) {
      await session.prepareTree(undefined);
      if (!allowedTokens(session.constraint, vocabularySize).includes(token)) return undefined;
      session.constraint.accept(token as TokenId);
    }
    await session.prepareTree(undefined);
    return allowedTokens(session.constraint, vocabularySize);
  } finally {
    session.close();
  }
}

const isPossible = async (schema: unknown, tokens: readonly number[]): Promise<boolean> =>
  (await walk(schema, tokens)) !== undefined;
const allowedAfter = async (schema: unknown, tokens: readonly number[]): Promise<number[]> =>
  (await walk(schema, tokens)) ?? [];
