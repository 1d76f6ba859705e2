import { fixed, standard } from '@foretoken/adaptive';
import { type DraftController, type Drafter, InvalidArgumentError } from '@foretoken/core';
import { promptLookup } from '@foretoken/draft';
import type { DraftMode } from './decoder.js';
import { MAX_DEPTH } from './defaults.js';

/** Who guesses, and who decides how far. */
export interface Drafting {
  readonly drafters: readonly Drafter[];
  readonly controller: () => DraftController;
}

/**
 * The parts that a mode stands for.
 *
 * @throws {InvalidArgumentError} an unknown mode, or a depth outside 1 to `MAX_DEPTH`.
 */
export function draftingFor(options: { readonly draft: DraftMode; readonly depth: number }): Drafting {
  const { draft, depth } = options;
  if (!Number.isInteger(depth) || depth < 1 || depth > MAX_DEPTH) {
    throw new InvalidArgumentError(`depth must be a whole number from 1 to ${MAX_DEPTH}, not ${depth}.`, { depth });
  }
  switch (draft) {
    case 'none':
      return { drafters: [], controller: standard };
    case 'lookup':
    case 'auto':
      return { drafters: [promptLookup()], controller: () => fixed({ drafter: 'lookup', depth }) };
    default:
      throw new InvalidArgumentError(`draft must be none, lookup or auto, not ${JSON.stringify(draft)}.`, { draft });
  }
}
