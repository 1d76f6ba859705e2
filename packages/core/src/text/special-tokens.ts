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
  const named: { readonly token: number; readonly name: string; readonly special: boolean }[] = [];
  for (const [token, entry] of vocabulary.entries.entries()) {
    if (!entry || entry.text === '') continue;
    const special = entry.kind === 'control' || entry.kind === 'unknown';
    if (special || entry.kind === 'user-defined') named.push({ token, name: entry.text, special });
  }
  named.sort((a, b) => b.name.length - a.name.length);

  return (text, specialTokens) => {
    let fragments: Fragment[] = text === '' ? [] : [{ kind: 'text', text }];
    for (const { token, name, special } of named) {
      if ((special && !specialTokens) || !text.includes(name)) continue;
      fragments = fragments.flatMap((fragment) =>
        fragment.kind === 'text' ? cut(fragment.text, name, token) : [fragment],
      );
    }
    return fragments;
  };
}

function cut(text: string, name: string, token: number): Fragment[] {
  return text
    .split(name)
    .flatMap((part, i): Fragment[] => [
      ...(i > 0 ? [{ kind: 'token', token } as const] : []),
      ...(part === '' ? [] : [{ kind: 'text', text: part } as const]),
    ]);
}
