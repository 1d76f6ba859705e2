import { mergeSymbols } from './symbol-merging.js';
import type { Vocabulary } from './vocabulary.js';

/**
 * SentencePiece's BPE: neighbours merge into the token of the highest score; a character without a token becomes
 * its bytes (`<0xNN>`), or `unknownToken` where the vocabulary has no bytes.
 * `scores` has shape [vocabularySize]. `atStart`: nothing but special tokens stands before the text.
 */
export function createSentencePieceEncoder(options: {
  readonly vocabulary: Vocabulary;
  readonly scores: ArrayLike<number>;
  readonly unknownToken: number | undefined;
  readonly prefixesSpace: boolean;
}): (text: string, atStart: boolean) => number[] {
  const { vocabulary, scores, unknownToken, prefixesSpace } = options;
  const utf8 = new TextEncoder();

  const textToken = (text: string): number | undefined => {
    const id = vocabulary.idOf(text);
    const kind = id === undefined ? undefined : vocabulary.kindOf(id);
    // A name such as `</s>` typed by a user must not merge into the control token.
    return kind === 'control' || kind === 'unknown' || kind === 'byte' ? undefined : id;
  };

  return (text, atStart) => {
    if (text === '') return [];
    const spelled = `${prefixesSpace && atStart ? ' ' : ''}${text}`.replaceAll(' ', '▁');
    const symbols = mergeSymbols([...spelled], (left, right) => {
      const id = textToken(left + right);
      return id === undefined ? undefined : -(scores[id] ?? 0);
    });
    const ids: number[] = [];
    for (const symbol of symbols) {
      const id = textToken(symbol);
      if (id !== undefined) {
        ids.push(id);
        continue;
      }
      for (const byte of utf8.encode(symbol)) {
        const name = `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;
        const byteToken = vocabulary.idOf(name) ?? unknownToken;
        if (byteToken !== undefined) ids.push(byteToken);
      }
    }
    return ids;
  };
}
