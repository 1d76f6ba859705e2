/** Each one token with the space before it, in most vocabularies, and seldom said one after the other. */
const WORDS =
  'velvet tractor lemon cathedral pencil harbor goose magnet saddle thunder cotton puzzle ladder copper violin garlic ' +
  'helmet meadow rocket anchor walnut kettle lantern pepper marble canyon butter trumpet donkey carpet hammer orchid';

/** Words in an order drawn by chance, which no model goes on with of itself. */
export function secretWords(count: number, random: () => number): readonly string[] {
  const left = WORDS.split(' ');
  return Array.from({ length: count }, () => left.splice(Math.floor(random() * left.length), 1)[0] ?? '');
}

interface ShownRound {
  readonly tree: readonly { readonly text: string; readonly parent: number }[];
  readonly tokens: readonly string[];
}

/** Every text that a round shows: what it appended, and each path of its guesses. */
export function textsOf({ tree, tokens }: ShownRound): readonly string[] {
  const paths: string[] = [];
  for (const { text, parent } of tree) paths.push((paths[parent] ?? '') + text);
  return [tokens.join(''), ...paths];
}

/** Those of the words that stand in what was shown. */
export function wordsShown(words: readonly string[], texts: readonly string[]): readonly string[] {
  return words.filter((word) => texts.some((text) => text.includes(word)));
}
