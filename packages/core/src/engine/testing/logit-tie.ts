import type { LanguageModel } from '@foretoken/core';

/** Floating point sums in another order differ by less than this. In logits. */
const TIE = 1e-3;

/**
 * Whether the two best next tokens after `tokens` are tied, both when the last token is scored alone (as standard
 * decoding does) and together with up to seven before it (as verification does). Needs a free slot.
 */
export async function isTie(model: LanguageModel, tokens: readonly number[]): Promise<boolean> {
  for (const together of [1, Math.min(8, tokens.length - 1)]) {
    const sequence = model.openSequence();
    try {
      const before = tokens.slice(0, tokens.length - together);
      await model.forward([{ sequence, tokens: Int32Array.from(before), want: 'none' }]);
      sequence.commit([...before.keys()]);
      const last = Int32Array.from(tokens.slice(-together));
      const { scores } = await model.forward([{ sequence, tokens: last, want: 'last' }]);
      const [best = 0, second = 0] = scores[0]?.topK(0, 2).logits ?? [];
      if (best - second >= TIE) return false;
    } finally {
      sequence.close();
    }
  }
  return true;
}
