import { spellBytes } from '@foretoken/core/text';
import { beforeAll, describe, expect, it } from 'vitest';
import { schemaGrammar } from '../grammar/schema-grammar.js';
import { END, smallTokenizer } from '../testing/small-tokenizer.js';
import { GrammarHost, GrammarRefusedError } from './grammar-host.js';
import type { GrammarSource } from './protocol.js';

const tokenizer = smallTokenizer();
const tokens = Array.from({ length: tokenizer.vocabularySize }, (_, token) =>
  tokenizer.isSpecial(token) ? '' : spellBytes(tokenizer.tokenBytes(token)),
);
const source = (maxLength: number): GrammarSource => ({
  kind: 'ebnf',
  text: schemaGrammar({ type: 'object', properties: { a: { type: 'string', maxLength }, b: { type: 'integer' } } }),
});
const none = new Int32Array(0);

let host: GrammarHost;
let memory: { readonly buffer: ArrayBuffer } | undefined;
beforeAll(async () => {
  // The library shows its memory to nobody; here it is caught when the library is started.
  const wasm = Reflect.get(globalThis, 'WebAssembly') as WebAssemblyLike;
  const { instantiate } = wasm;
  wasm.instantiate = async (...given) => {
    const result = await instantiate.apply(wasm, [...given]);
    memory = Object.values(result.instance.exports).find((value) => value.buffer instanceof ArrayBuffer);
    return result;
  };
  host = await GrammarHost.create({ tokens, endTokens: [END] });
  wasm.instantiate = instantiate;
});

/** The part of WebAssembly that the library is started with; Node's types don't have it. */
interface WebAssemblyLike {
  instantiate(...given: readonly unknown[]): Promise<{
    readonly instance: { readonly exports: Readonly<Record<string, { readonly buffer: ArrayBuffer }>> };
  }>;
}

async function use(grammar: number, session: number): Promise<void> {
  await host.open(session, grammar);
  await host.round(session, { accepted: none, tokens: Int32Array.of(256, 97, 34), parents: Int32Array.of(-1, 0, 1) });
  await host.round(session, { accepted: Int32Array.of(256), tokens: none, parents: none });
  host.close(session);
}

describe('GrammarHost', () => {
  it('needs no more memory for thousands of sessions', async () => {
    await host.compile(0, source(5));
    for (let i = 0; i < 200; i++) await use(0, i);
    const before = memory?.buffer.byteLength;
    for (let i = 0; i < 5_000; i++) await use(0, i);
    expect(before).toBeGreaterThan(0);
    expect(memory?.buffer.byteLength).toBe(before);
    host.forget(0);
  });

  it('needs no more memory for hundreds of grammars that are forgotten again', async () => {
    const cycle = async (i: number): Promise<void> => {
      await host.compile(i, source(1 + (i % 9)));
      await use(i, i);
      host.forget(i);
    };
    for (let i = 1; i <= 100; i++) await cycle(i);
    const before = memory?.buffer.byteLength ?? 0;
    for (let i = 101; i <= 600; i++) await cycle(i);
    expect((memory?.buffer.byteLength ?? 0) - before).toBeLessThanOrEqual(4 * 2 ** 20);
  });

  it('says why it refuses a grammar', async () => {
    const other = await GrammarHost.create({ tokens, endTokens: [END] });
    const refused = other.compile(1, { kind: 'ebnf', text: 'root ::= "a" missing' });
    await expect(refused).rejects.toThrow(GrammarRefusedError);
    await expect(refused).rejects.toThrow(/missing/);
  });
});
