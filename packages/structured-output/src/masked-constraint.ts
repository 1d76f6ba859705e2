import type { DraftTree, TokenConstraint, TokenId } from '@foretoken/core';
import { ConstraintStateError } from './errors.js';
import { ALL_ALLOWED, ONLY_END, type RoundAnswer } from './thread/protocol.js';

/** What may follow a place in the tree of guesses. */
export interface MaskNode {
  /** One bit a token (set: allowed), or every token, or end tokens only. */
  readonly mask: Int32Array | 'all' | 'end';
  readonly children: Map<number, MaskNode>;
}

/** The masks of a round as a tree; the result is what follows the last accepted token. */
export function maskTree(tree: DraftTree | undefined, { maskOf, masks }: RoundAnswer, words: number): MaskNode {
  const [root, ...nodes] = Array.from(
    maskOf,
    (row): MaskNode => ({ mask: maskAt(row, masks, words), children: new Map() }),
  );
  if (root === undefined) throw new ConstraintStateError('The round has no mask for its root.');
  for (const [i, node] of nodes.entries()) {
    const above = nodes[tree?.parents[i] ?? -1] ?? root;
    const token = tree?.tokens[i] ?? -1;
    const twin = above.children.get(token);
    // Equal siblings are one place, whichever of them the guesses go on from.
    if (twin === undefined) above.children.set(token, node);
    else nodes[i] = twin;
  }
  return root;
}

function maskAt(row: number, masks: Int32Array, words: number): MaskNode['mask'] {
  if (row === ALL_ALLOWED) return 'all';
  if (row === ONLY_END) return 'end';
  return masks.subarray(row * words, (row + 1) * words);
}

/** A constraint whose masks were prepared for every way that a round may take. */
export class MaskedConstraint implements TokenConstraint {
  readonly #endTokens: ReadonlySet<number>;
  #at: MaskNode | undefined;
  #accepted: number[] = [];

  constructor(endTokens: ReadonlySet<number>) {
    this.#endTokens = endTokens;
  }

  mask(logits: Float32Array): void {
    const mask = this.#at?.mask;
    if (mask === undefined) {
      throw new ConstraintStateError(
        'The constraint was not prepared for these tokens: await prepareTree() before each forward, with the guesses that are scored.',
      );
    }
    if (mask === 'all') return;
    if (mask === 'end') keepOnly(logits, this.#endTokens);
    else applyBits(logits, mask);
  }

  accept(token: TokenId): void {
    this.#accepted.push(token);
    this.#at = this.#at?.children.get(token);
  }

  fork(): MaskedConstraint {
    const copy = new MaskedConstraint(this.#endTokens);
    copy.#at = this.#at;
    copy.#accepted = [...this.#accepted];
    return copy;
  }

  /** Tokens accepted since the last call. */
  takeAccepted(): Int32Array {
    const taken = Int32Array.from(this.#accepted);
    this.#accepted = [];
    return taken;
  }

  standAt(node: MaskNode): void {
    this.#at = node;
  }
}

function keepOnly(logits: Float32Array, tokens: ReadonlySet<number>): void {
  const kept = Array.from(tokens, (token) => [token, logits[token]] as const);
  logits.fill(Number.NEGATIVE_INFINITY);
  for (const [token, logit] of kept) if (logit !== undefined) logits[token] = logit;
}

function applyBits(logits: Float32Array, mask: Int32Array): void {
  for (let word = 0, start = 0; start < logits.length; word++, start += 32) {
    const bits = mask[word] ?? 0;
    if (bits === -1) continue;
    if (bits === 0) {
      logits.fill(Number.NEGATIVE_INFINITY, start, start + 32);
      continue;
    }
    const end = Math.min(32, logits.length - start);
    for (let bit = 0; bit < end; bit++) {
      if (((bits >>> bit) & 1) === 0) logits[start + bit] = Number.NEGATIVE_INFINITY;
    }
  }
}
