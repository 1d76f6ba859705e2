import { type Drafter, InvalidArgumentError } from '@foretoken/core';
import { cascade } from '@foretoken/draft';
import type { DrafterMemory } from './drafter-memories.js';

/** What drafters of tokens are made of. */
export interface DrafterParts {
  readonly lookup: Drafter;
  /** What earlier texts of the same scope left. */
  readonly memory: DrafterMemory;
  /** Guesses what is expected; `undefined` where nothing is. */
  prediction(): Drafter | undefined;
}

/** Drafters that need nothing but the tokens of the text, by the names of their modes (`DraftMode`). */
export const TOKEN_DRAFTERS = {
  lookup: ({ lookup }) => lookup,
  suffix: ({ memory }) => memory.suffix,
  recycling: ({ memory }) => memory.recycling,
  cascade: ({ lookup, memory }) => cascade({ drafters: [lookup, memory.recycling] }),
  prediction(parts) {
    const drafter = parts.prediction();
    if (drafter !== undefined) return drafter;
    throw new InvalidArgumentError("draft 'prediction' needs the text that is expected: give it as prediction.");
  },
} as const satisfies Readonly<Record<string, (parts: DrafterParts) => Drafter>>;

export type TokenDrafterName = keyof typeof TOKEN_DRAFTERS;

export function isTokenDrafter(name: string): name is TokenDrafterName {
  return Object.hasOwn(TOKEN_DRAFTERS, name);
}
