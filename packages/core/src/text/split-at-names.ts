/** A stretch of a text, or a name that was looked for in it. */
export interface Piece {
  readonly kind: 'text' | 'name';
  readonly text: string;
}

/** Cuts a text at every name; names are looked for in their order. No piece is empty. */
export function splitAtNames(text: string, names: readonly string[]): readonly Piece[] {
  let pieces: readonly Piece[] = [{ kind: 'text', text }];
  for (const name of names) {
    if (!text.includes(name)) continue;
    pieces = pieces.flatMap((piece) => (piece.kind === 'name' ? [piece] : cut(piece.text, name)));
  }
  return pieces.filter((piece) => piece.text !== '');
}

function cut(text: string, name: string): readonly Piece[] {
  return text.split(name).flatMap((part, index): readonly Piece[] => {
    const before: readonly Piece[] = index > 0 ? [{ kind: 'name', text: name }] : [];
    return [...before, { kind: 'text', text: part }];
  });
}
