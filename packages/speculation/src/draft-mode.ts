import { InvalidArgumentError } from '@foretoken/core';
import { isTokenDrafter, TOKEN_DRAFTERS, type TokenDrafterName } from './token-drafters.js';

/**
 * How guesses are made.
 * - `none`: standard decoding.
 * - `auto`: `lookup`, `recycling` unless a token takes less than 8 ms anyway, the prediction if one is given, and the
 *   draft model that is registered for the model if it is in the cache; the controller decides each round which of
 *   their guesses pay.
 * - `lookup`: what followed the latest tokens earlier in the text. For answers that repeat their prompt.
 * - `suffix`: the same with counts, across requests too. For requests that resemble each other.
 * - `recycling`: what the model itself thought likely after a token before. For free text.
 * - `cascade`: lookup, filled up with or replaced by recycling where lookup has nothing to say.
 * - `prediction`: a text that the caller expects (given with the request).
 * - `model:REF`: a smaller model, beside `lookup` and `recycling` as with `auto`. The model must have been loaded with
 *   this mode.
 * - `early-exit:N`: the model's own first N layers. The model must have been loaded with this mode.
 */
export type DraftMode = 'auto' | 'none' | TokenDrafterName | `model:${string}` | `early-exit:${number}`;

/** A parsed `DraftMode`. */
export type DraftChoice =
  | { readonly kind: 'none' }
  | { readonly kind: 'auto' }
  | { readonly kind: 'tokens'; readonly drafter: TokenDrafterName }
  | { readonly kind: 'model'; readonly reference: string }
  | { readonly kind: 'early-exit'; readonly layers: number };

/** The modes in words, for messages. */
export const DRAFT_MODES = `auto, none, ${Object.keys(TOKEN_DRAFTERS).join(', ')}, model:REF or early-exit:N`;

/** Whether there is such a mode. */
export function isDraftMode(mode: string): mode is DraftMode {
  return choiceOf(mode) !== undefined;
}

/** @throws {InvalidArgumentError} an unknown mode. */
export function parseDraftMode(mode: string): DraftChoice {
  const choice = choiceOf(mode);
  if (choice !== undefined) return choice;
  throw new InvalidArgumentError(`draft must be ${DRAFT_MODES}, not ${JSON.stringify(mode)}.`, { draft: mode });
}

function choiceOf(mode: string): DraftChoice | undefined {
  if (mode === 'none' || mode === 'auto') return { kind: mode };
  if (isTokenDrafter(mode)) return { kind: 'tokens', drafter: mode };
  const reference = /^model:(.+)$/s.exec(mode)?.[1];
  if (reference !== undefined) return { kind: 'model', reference };
  const layers = /^early-exit:([1-9]\d{0,3})$/.exec(mode)?.[1];
  return layers === undefined ? undefined : { kind: 'early-exit', layers: Number(layers) };
}
