import type { LanguageModel } from '@foretoken/core';

/** Floating point sums in another order differ by less than this. In logits. */
const TIE = 1e-3;

/**
 * Whether two greedy answers to a prompt are the same up to a place where the two best tokens are tied, both when the
 * last token before it is scored alone and together with those before it. Needs a free slot.
 */
export async function sameOrTie(
  model: LanguageModel,
  prompt: readonly number[],
  one: readonly number[],
  other: readonly number[],
): Promise<boolean> {
  const at = one.findIndex((token, index) => token !== other[index]);
  if (at < 0) return one.length === other.length;
  const context = [...prompt, ...one.slice(0, at)];
  for (const together of [1, Math.min(8, context.length - 1)]) {
    const sequence = model.openSequence();
    try {
      const before = context.slice(0, context.length - together);
      await model.forward([{ sequence, tokens: Int32Array.from(before), want: 'none' }]);
      sequence.commit([...before.keys()]);
      const tokens = Int32Array.from(context.slice(-together));
      const { scores } = await model.forward([{ sequence, tokens, want: 'last' }]);
      const [best = 0, second = 0] = scores[0]?.topK(0, 2).logits ?? [];
      if (best - second >= TIE) return false;
    } finally {
      sequence.close();
    }
  }
  return true;
}
