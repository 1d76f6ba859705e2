import { describe, expect, it } from 'vitest';
import { DrafterMemories } from './drafter-memories.js';

const remember = (memories: DrafterMemories, scope: string, tokens: number): void => {
  const session = memories.of(scope).suffix.open(Int32Array.from({ length: tokens }, (_, token) => token));
  session.close();
};
const knows = async (memories: DrafterMemories, scope: string): Promise<boolean> => {
  const session = memories.of(scope).suffix.open(Int32Array.of(3, 4, 5));
  const guess = await session.propose({ depth: 1, width: 1, nodes: 1, minimumConfidence: 0 });
  return guess?.tokens[0] === 6;
};

describe('DrafterMemories', () => {
  it('keeps scopes apart', async () => {
    const memories = new DrafterMemories();
    remember(memories, 'a', 20);
    expect([await knows(memories, 'a'), await knows(memories, 'b'), await knows(memories, '')]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('forgets the scope that was asked for longest ago, beyond so many', async () => {
    const memories = new DrafterMemories({ scopes: 2 });
    remember(memories, 'a', 20);
    remember(memories, 'b', 20);
    expect(await knows(memories, 'a')).toBe(true);
    remember(memories, 'c', 20);
    expect(await knows(memories, 'a')).toBe(true);
    expect(await knows(memories, 'b')).toBe(false);
  });

  it('forgets scopes beyond so many bytes, but never the one that is asked for', async () => {
    const memories = new DrafterMemories({ bytes: 400_000 });
    for (const scope of ['a', 'b', 'c', 'd', 'e']) {
      remember(memories, scope, 500);
      expect(await knows(memories, scope)).toBe(true);
      expect(memories.bytes).toBeLessThan(400_000 + 300_000);
    }
    expect(await knows(memories, 'a')).toBe(false);
    remember(memories, 'large', 5_000);
    expect(await knows(memories, 'large')).toBe(true);
    expect(memories.bytes).toBeGreaterThan(400_000);
  });
});
