import { toByteAlphabet } from './byte-level.js';
import { type PreTokenizer, splitWords } from './pre-tokenizer.js';
import { mergeSymbols } from './symbol-merging.js';
import type { Vocabulary } from './vocabulary.js';

// Natural text repeats its words; past this many distinct ones the memory is worth more than the merges.
const CACHED_WORDS = 16_384;
const CACHED_WORD_LENGTH = 64;

/**
 * Byte-level BPE: text → words → bytes → merges by rank.
 * `ranks` maps `left right` to the merge's position. Stops once there are more than `maximumTokens`. A byte without a token is left out, as llama.cpp does.
 */
export function createBytePairEncoder(
  vocabulary: Vocabulary,
  ranks: ReadonlyMap<string, number>,
  preTokenizer: PreTokenizer,
): (text: string, maximumTokens: number) => number[] {
  const cache = new Map<string, readonly number[]>();

  const encodeWord = (word: string): readonly number[] => {
    const spelled = toByteAlphabet(word);
    const whole = preTokenizer.takesWholeWords ? vocabulary.idOf(spelled) : undefined;
    if (whole !== undefined) return [whole];
    const ids: number[] = [];
    for (const symbol of mergeSymbols([...spelled], (left, right) => ranks.get(`${left} ${right}`))) {
      const id = vocabulary.idOf(symbol);
      if (id !== undefined) ids.push(id);
    }
    return ids;
  };

  return (text, maximumTokens) => {
    const ids: number[] = [];
    for (const word of splitWords(text, preTokenizer.patterns)) {
      if (ids.length > maximumTokens) break;
      let encoded = cache.get(word);
      if (!encoded) {
        encoded = encodeWord(word);
        if (word.length <= CACHED_WORD_LENGTH) {
          if (cache.size >= CACHED_WORDS) cache.clear();
          cache.set(word, encoded);
        }
      }
      for (const id of encoded) ids.push(id);
    }
    return ids;
  };
}
