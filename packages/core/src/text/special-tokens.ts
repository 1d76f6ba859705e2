import { splitAtNames } from './split-at-names.js';
import type { Vocabulary } from './vocabulary.js';

/** A stretch of text, or a token that was written by name. */
export type Fragment =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'token'; readonly token: number };

/**
 * Finds the tokens that are recognised by name, longer names first. User-defined tokens always are; control
 * tokens only when asked, since text from outside must not be able to end a turn.
 */
export function createSpecialTokenSplitter(
  vocabulary: Vocabulary,
): (text: string, specialTokens: boolean) => Fragment[] {
  const named = [...vocabulary.entries.keys()].flatMap((token) => {
    const { text: name = '', kind } = vocabulary.entries[token] ?? {};
    const special = kind === 'control' || kind === 'unknown';
    return name !== '' && (special || kind === 'user-defined') ? [{ name, token, special }] : [];
  });
  named.sort((a, b) => b.name.length - a.name.length);
  const all = firstOfEachName(named);
  const plain = firstOfEachName(named.filter(({ special }) => !special));

  return (text, specialTokens) => {
    const tokens = specialTokens ? all : plain;
    return splitAtNames(text, [...tokens.keys()]).map((piece) =>
      piece.kind === 'name'
        ? { kind: 'token', token: tokens.get(piece.text) ?? -1 }
        : { kind: 'text', text: piece.text },
    );
  };
}

function firstOfEachName(
  named: readonly { readonly name: string; readonly token: number }[],
): ReadonlyMap<string, number> {
  return new Map(named.toReversed().map(({ name, token }) => [name, token]));
}
