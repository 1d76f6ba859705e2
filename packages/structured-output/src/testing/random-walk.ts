import type { TokenId } from '@foretoken/core';
import type { ConstraintSession } from '../constraint-session.js';

/** Tokens that a constraint allows now. */
export function allowedTokens(constraint: { mask(logits: Float32Array): void }, vocabularySize: number): number[] {
  const logits = new Float32Array(vocabularySize);
  constraint.mask(logits);
  return [...logits.keys()].filter((token) => logits[token] === 0);
}

/**
 * An answer made of random allowed tokens, one at a time. The longer it gets, the more it prefers tokens that lead out;
 * `undefined` when it did not end within the limit.
 */
export async function randomAnswer(
  session: ConstraintSession,
  options: {
    readonly random: () => number;
    readonly vocabularySize: number;
    readonly end: number;
    readonly limit: number;
    /** Tokens to take, once the answer is long, if they are allowed. */
    readonly leadOut: readonly number[];
    /** Tokens to begin with. @default none */
    readonly first?: readonly number[];
  },
): Promise<number[] | undefined> {
  const { random, vocabularySize, end, limit, leadOut, first = [] } = options;
  const tokens: number[] = [];
  while (tokens.length < limit) {
    await session.prepareTree(undefined);
    const allowed = allowedTokens(session.constraint, vocabularySize);
    if (allowed.length === 0) throw new Error(`Nothing is allowed after ${tokens.join(' ')}.`);
    const hurry = tokens.length > 40 || random() < 0.2;
    const out = hurry ? [end, ...leadOut].find((token) => allowed.includes(token)) : undefined;
    const token = first[tokens.length] ?? out ?? allowed[Math.floor(random() * allowed.length)] ?? end;
    session.constraint.accept(token as TokenId);
    if (token === end) return tokens;
    tokens.push(token);
  }
  return undefined;
}
