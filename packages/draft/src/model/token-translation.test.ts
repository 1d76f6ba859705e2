import { InvalidArgumentError, TooLittleSharedError, tokenTranslation } from '@foretoken/draft';
import { describe, expect, it } from 'vitest';

describe('tokenTranslation', () => {
  const draft = ['a', 'ab', 'c', undefined, 'a'];
  const translation = tokenTranslation({ draft, target: ['abc', 'c', undefined, 'a', 'abx'] });

  it('pairs tokens of the same text, the lowest id of each', () => {
    expect([...translation.shared]).toEqual([0, 2]);
    expect([0, 1, 2, 3, 4].map((id) => translation.toTarget(id))).toEqual([3, undefined, 1, undefined, undefined]);
    expect(translation.share).toBeCloseTo(2 / 3);
  });

  it('splits what the draft lacks, longest match first, and leaves out what has no split', () => {
    expect([0, 1, 2, 3, 4, 99].map((id) => translation.toDraft(id))).toEqual([[1, 2], [2], [], [0], [], []]);
  });

  it('refuses vocabularies that share too little', () => {
    const few = { draft: ['a', 'b', 'c'], target: ['c', 'd', 'e', 'f'] };
    expect(() => tokenTranslation(few)).toThrow(TooLittleSharedError);
    expect(tokenTranslation({ ...few, minimumShared: 0.3 }).share).toBeCloseTo(1 / 3);
    expect(() => tokenTranslation({ draft: ['a'], target: ['b'], minimumShared: 0 })).toThrow(TooLittleSharedError);
    expect(() => tokenTranslation({ ...few, minimumShared: 2 })).toThrow(InvalidArgumentError);
  });
});
