import type { CorpusText } from './corpus.js';

/** A text of the corpus as tokens. */
export interface EncodedText {
  readonly text: Pick<CorpusText, 'name' | 'kind'>;
  readonly tokens: Int32Array;
}

/** A piece of a text that is scored on its own. */
export interface Window {
  /** Name of the text, and which of its windows: `Moby Dick 3`. */
  readonly name: string;
  readonly kind: CorpusText['kind'];
  readonly tokens: Int32Array;
}

/**
 * `count` windows of `length` tokens, one from each text in turn, spread evenly over each. Every token of a window but
 * its first is scored. Throws an `Error` for a text that has too few tokens.
 */
export function chooseWindows(texts: readonly EncodedText[], count: number, length: number): readonly Window[] {
  return Array.from({ length: count }, (_, index) => {
    const encoded = texts[index % texts.length];
    if (encoded === undefined) throw new Error('There are no texts to take windows from.');
    const own = Math.ceil((count - (index % texts.length)) / texts.length);
    const turn = Math.floor(index / texts.length);
    const { text, tokens } = encoded;
    if (own * length > tokens.length) {
      throw new Error(
        `${text.name} has ${tokens.length} tokens, too few for ${own} windows of ${length}. Ask for fewer.`,
      );
    }
    const start = Math.floor((turn * tokens.length) / own);
    return { name: `${text.name} ${turn + 1}`, kind: text.kind, tokens: tokens.slice(start, start + length) };
  });
}
