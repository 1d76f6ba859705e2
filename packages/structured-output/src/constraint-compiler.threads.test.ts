import type { TokenId } from '@foretoken/core';
import { describe, expect, it } from 'vitest';
import { ConstraintCompiler } from './index.js';
import { allowedTokens } from './testing/random-walk.js';
import { smallTokenizer } from './testing/small-tokenizer.js';

const tokenizer = smallTokenizer();
const { vocabularySize } = tokenizer;

describe('ConstraintCompiler', () => {
  it('goes on with others when a grammar breaks the thread that they share', async () => {
    const alone = new ConstraintCompiler({ tokenizer, vocabularySize, threads: 1 });
    const session = await alone.start({ kind: 'regex', pattern: 'abc' });
    await session.prepareTree(undefined);
    session.constraint.accept('a'.charCodeAt(0) as TokenId);
    await session.prepareTree(undefined);
    await expect(alone.start({ kind: 'grammar', grammar: 'root ::= missing' })).rejects.toMatchObject({
      code: 'invalid-constraint',
    });
    session.constraint.accept('b'.charCodeAt(0) as TokenId);
    await session.prepareTree(undefined);
    expect(allowedTokens(session.constraint, vocabularySize)).toEqual(['c'.charCodeAt(0)]);
    session.close();
    await alone.close();
    await expect(alone.start({ kind: 'json' })).rejects.toMatchObject({ code: 'constraint-unavailable' });
  });

  it('gives up on a constraint that takes too long', async () => {
    const hasty = new ConstraintCompiler({ tokenizer, vocabularySize, compileTimeout: 1 });
    await expect(hasty.start({ kind: 'json' })).rejects.toThrow(/too large.*1 ms/);
    await hasty.close();
  });

  it('keeps what is in use when more constraints are compiled than are kept', async () => {
    const small = new ConstraintCompiler({ tokenizer, vocabularySize, cached: 1, threads: 1 });
    const first = await small.start({ kind: 'regex', pattern: 'ab' });
    await first.prepareTree(undefined);
    for (const pattern of ['b', 'c', 'd']) {
      const other = await small.start({ kind: 'regex', pattern });
      await other.prepareTree(undefined);
      other.close();
    }
    first.constraint.accept('a'.charCodeAt(0) as TokenId);
    await first.prepareTree(undefined);
    expect(allowedTokens(first.constraint, vocabularySize)).toEqual(['b'.charCodeAt(0)]);
    first.close();
    await small.close();
  });

  it('compiles one constraint of a tenant at a time, and none that nobody waits for any more', async () => {
    const compiler = new ConstraintCompiler({ tokenizer, vocabularySize });
    const order: string[] = [];
    const leaving = new AbortController();
    const compile = async (pattern: string, tenant: string, signal?: AbortSignal): Promise<void> => {
      const asker = { tenant, ...(signal === undefined ? {} : { signal }) };
      (await compiler.start({ kind: 'regex', pattern }, asker)).close();
      order.push(pattern);
    };
    // Threads that have started, so that nobody waits for that.
    await Promise.all(['x', 'y'].map((pattern) => compile(pattern, pattern)));
    order.length = 0;
    const patterns = [900, 901, 904, 905, 906, 907].map((most) => `[a-z]{1,${most}}`);
    const heavy = patterns.map((pattern) => compile(pattern, 'heavy'));
    const left = compile('[a-z]{1,902}', 'heavy', leaving.signal);
    leaving.abort();
    await Promise.all([compile('ab', 'light'), ...heavy, expect(left).rejects.toThrow()]);
    expect(order.filter((pattern) => pattern !== 'ab')).toEqual(patterns);
    expect(order.indexOf('ab')).toBeLessThan(patterns.length);
    order.length = 0;
    // What is there already waits for nothing.
    const busy = compile('[a-z]{1,903}', 'heavy');
    await compile('[a-z]{1,900}', 'heavy');
    await busy;
    expect(order).toEqual(['[a-z]{1,900}', '[a-z]{1,903}']);
    await compiler.close();
  });

  it('refuses options out of range', async () => {
    const parts = { tokenizer, vocabularySize };
    expect(() => new ConstraintCompiler({ ...parts, cached: 0 })).toThrow('cached');
    const endless = new ConstraintCompiler({ ...parts, tokenizer: { ...tokenizer, endTokens: new Set() } });
    await expect(endless.start({ kind: 'json' })).rejects.toThrow('end token');
  });
});
