import type { LanguageModel, Sequence } from '@foretoken/core';
import { describe, expect, it } from 'vitest';
import { DraftCache } from './draft-cache.js';

/** Scores nothing, but keeps what is committed where, as a KV cache does. */
function recordingModel(contextLength: number) {
  const held: number[] = [];
  const forwards: { tokens: number; want: string; start: number }[] = [];
  let pending: number[] = [];
  const sequence: Sequence = {
    get length() {
      return held.length;
    },
    commit: (path) => {
      held.push(...path.map((node) => pending[node]!));
      pending = [];
    },
    truncate: (length) => {
      held.length = length;
      pending = [];
    },
    fork: () => sequence,
    close: () => {},
  };
  const model: LanguageModel = {
    vocabularySize: 3,
    contextLength,
    openSequence: () => sequence,
    forward: async (inputs) => {
      const { tokens, want } = inputs[0]!;
      forwards.push({ tokens: tokens.length, want, start: held.length });
      pending = [...tokens];
      const row = () => new Float32Array(3);
      return {
        scores: [
          {
            rows: 1,
            argmax: () => new Int32Array(1),
            topK: () => ({ tokens: new Int32Array(0), logits: new Float32Array(0) }),
            row,
          },
        ],
      };
    },
    close: () => {},
  };
  return { model, held, forwards };
}

describe('DraftCache', () => {
  it('reads ahead all but the last token, as much at a time as it is told', async () => {
    const { model, held, forwards } = recordingModel(2000);
    const cache = new DraftCache(model);
    const context = [0, 1, 2, 3, 4, 5, 6];
    expect(await cache.read(context, 4)).toEqual({ read: 4, left: 2 });
    expect(await cache.read(context, 0)).toEqual({ read: 0, left: 2 });
    expect(await cache.read(context, 4)).toEqual({ read: 2, left: 0 });
    expect(await cache.read(context, 4)).toEqual({ read: 0, left: 0 });
    await cache.follow(context);
    expect(held).toEqual(context);
    expect(forwards).toEqual([
      { tokens: 4, want: 'none', start: 0 },
      { tokens: 2, want: 'none', start: 4 },
      { tokens: 1, want: 'last', start: 6 },
    ]);
    expect(await cache.read([0, 1, 9, 9, 9], 8)).toEqual({ read: 2, left: 0 });
    expect(held).toEqual([0, 1, 9, 9]);
  });

  it('reads a long prompt in pieces, and asks for the last logits only', async () => {
    const { model, held, forwards } = recordingModel(2000);
    const context = Array.from({ length: 1100 }, (_, i) => i);
    expect(await new DraftCache(model).follow(context)).toHaveLength(3);
    expect(held).toEqual(context);
    expect(forwards).toEqual([
      { tokens: 512, want: 'none', start: 0 },
      { tokens: 512, want: 'none', start: 512 },
      { tokens: 76, want: 'last', start: 1024 },
    ]);
  });

  it('keeps the path of a scored tree that the context took, and forgets a wrong guess', async () => {
    const { model, held, forwards } = recordingModel(20);
    const cache = new DraftCache(model);
    await cache.follow([7, 8]);
    await cache.score({ tokens: Int32Array.of(1, 2, 3, 4), parents: Int32Array.of(-1, -1, 1, 0) });
    await cache.follow([7, 8, 2, 3, 5]);
    expect(held).toEqual([7, 8, 2, 3, 5]);
    expect(forwards.at(-1)).toEqual({ tokens: 1, want: 'last', start: 4 });
    await cache.extend(6);
    await cache.follow([7, 8, 2, 3, 5, 9]);
    expect(held).toEqual([7, 8, 2, 3, 5, 9]);
    expect(forwards.at(-1)).toEqual({ tokens: 1, want: 'last', start: 5 });
  });

  it('has nothing for an empty context or one that does not fit', async () => {
    const { model, forwards } = recordingModel(2);
    const cache = new DraftCache(model);
    expect(await cache.follow([])).toBeUndefined();
    expect(await cache.follow([1, 2, 3])).toBeUndefined();
    await cache.follow([1, 2]);
    expect(await cache.extend(3)).toBeUndefined();
    expect(forwards).toHaveLength(1);
  });
});
