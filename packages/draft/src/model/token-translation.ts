import { requireFraction } from '../option-checks.js';
import { TooLittleSharedError } from './errors.js';

/** The texts of the tokens of two vocabularies. */
export interface TokenTranslationOptions {
  /** Text of each token of the draft model; `undefined` for one without text (unused, special). Index = id. */
  readonly draft: readonly (string | undefined)[];
  /** Text of each token of the target; `undefined` for one without text. Index = id. */
  readonly target: readonly (string | undefined)[];
  /** Least share of the smaller vocabulary's texts that must be in the other one too. In [0, 1]. @default 0.5 */
  readonly minimumShared?: number;
}

/** Translates between the tokens of a draft model and those of a target with another tokenizer. */
export interface TokenTranslation {
  readonly draftVocabularySize: number;
  readonly targetVocabularySize: number;
  /** Texts in both vocabularies, as a share of the smaller one. In [0, 1]. */
  readonly share: number;
  /** Draft tokens that the target has too, ascending: all that may be guessed. Shape [shared]. */
  readonly shared: Int32Array;
  /** The target's token with the text of a shared draft token, `undefined` for another token. */
  toTarget(draftToken: number): number | undefined;
  /**
   * The draft tokens that stand for a token of the target in the context; none if its text can't be expressed in them.
   */
  toDraft(targetToken: number): readonly number[];
}

/**
 * Token-level translation over the shared vocabulary: texts are compared exactly, so both sides must write them in the
 * same way (the same byte escapes, the same sign for a space). When a text occurs twice on a side, its lowest id
 * counts.
 *
 * As context, a target token that the draft lacks becomes the draft tokens of its text, the longest match first,
 * without going back. A token without text, or whose text can't be covered this way, is left out of the draft model's
 * context: this makes guesses worse, but does not change the output.
 *
 * Throws `TooLittleSharedError` when fewer texts are in both than `minimumShared` of the smaller vocabulary, and
 * `InvalidArgumentError` for a share out of range.
 *
 * Source: N. Timor et al., "Accelerating LLM Inference with Lossless Speculative Decoding Algorithms for Heterogeneous
 * Vocabularies" (token-level intersection), ICML 2025.
 *
 * @example
 * ```ts
 * import { tokenTranslation } from '@foretoken/draft';
 *
 * const translation = tokenTranslation({ draft: ['a', 'b', 'c'], target: ['b', 'ab', 'a'] });
 * console.log(translation.toTarget(0), translation.toDraft(1)); // 2 [ 0, 1 ]
 * ```
 */
export function tokenTranslation(options: TokenTranslationOptions): TokenTranslation {
  const { draft, target, minimumShared = 0.5 } = options;
  requireFraction('minimumShared', minimumShared);
  const draftIds = idsByText(draft);
  const targetIds = idsByText(target);
  const pairs = new Map<number, number>();
  for (const [text, id] of draftIds) {
    const targetId = targetIds.get(text);
    if (targetId !== undefined) pairs.set(id, targetId);
  }
  const share = pairs.size / Math.max(Math.min(draftIds.size, targetIds.size), 1);
  if (pairs.size === 0 || share < minimumShared) {
    const counts = { shared: pairs.size, draft: draftIds.size, target: targetIds.size };
    throw new TooLittleSharedError({ share, minimumShared, ...counts });
  }
  const texts = [...target];
  let longest = 0;
  for (const text of draftIds.keys()) longest = Math.max(longest, text.length);
  return {
    draftVocabularySize: draft.length,
    targetVocabularySize: target.length,
    share,
    shared: Int32Array.from(pairs.keys()).sort(),
    toTarget: (token) => pairs.get(token),
    toDraft: (token) => split(texts[token] ?? '', draftIds, longest),
  };
}

function idsByText(vocabulary: readonly (string | undefined)[]): Map<string, number> {
  const ids = new Map<string, number>();
  for (const [id, text] of vocabulary.entries()) {
    if (text !== undefined && text !== '' && !ids.has(text)) ids.set(text, id);
  }
  return ids;
}

function split(text: string, ids: ReadonlyMap<string, number>, longest: number): readonly number[] {
  const tokens: number[] = [];
  let start = 0;
  while (start < text.length) {
    let end = Math.min(text.length, start + longest);
    while (end > start && !ids.has(text.slice(start, end))) end--;
    const id = ids.get(text.slice(start, end));
    if (id === undefined) return [];
    tokens.push(id);
    start = end;
  }
  return tokens;
}
