import type { TokenId, Verdict, VerificationInput } from '@foretoken/core';

/** What follows a node: one of its children, or a token that none of them carries. */
export type Choice = { readonly child: number } | { readonly token: TokenId };

/** Chooses what follows `node` (-1: the last accepted token), whose children are given in the order of their numbers. */
export type Choose = (node: number, children: readonly number[]) => Choice;

/** Walks down from the last accepted token for as long as a child is chosen, and keeps the sampler in step. */
export function walkTree({ tree, sampler, stopsAfter }: VerificationInput, choose: Choose): Verdict {
  const path: number[] = [];
  const tokens: TokenId[] = [];
  for (let node = -1; ; ) {
    const children: number[] = [];
    for (let i = node + 1; tree !== undefined && i < tree.tokens.length; i++) {
      if (tree.parents[i] === node) children.push(i);
    }
    const choice = choose(node, children);
    const token = 'child' in choice ? ((tree?.tokens[choice.child] ?? -1) as TokenId) : choice.token;
    sampler.accept(token);
    tokens.push(token);
    const stopped = stopsAfter?.(token) ?? false;
    if (!('child' in choice)) return children.length > 0 ? { path, tokens, rejectedAt: path.length } : { path, tokens };
    path.push(choice.child);
    if (stopped) return { path, tokens };
    node = choice.child;
  }
}
