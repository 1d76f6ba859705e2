import type { DraftBudget, Drafter, DraftTree } from '@foretoken/core';

/** Guesses that every token is followed by what followed it last time. */
export function lastFollower(): Drafter {
  return {
    name: 'last-follower',
    open(prompt) {
      const followers = new Map<number, number>();
      let last = -1;
      const observe = (tokens: Int32Array): void => {
        for (const token of tokens) {
          followers.set(last, token);
          last = token;
        }
      };
      observe(prompt);
      const propose = async ({ depth, nodes }: DraftBudget): Promise<DraftTree | undefined> => {
        const guesses: number[] = [];
        let next = followers.get(last);
        for (; next !== undefined && guesses.length < Math.min(depth, nodes); next = followers.get(next))
          guesses.push(next);
        if (guesses.length === 0) return undefined;
        return { tokens: Int32Array.from(guesses), parents: Int32Array.from(guesses, (_, i) => i - 1) };
      };
      return { propose, observe, close: () => followers.clear() };
    },
  };
}
