import { loadModel } from '@foretoken/core/tensorflow';

/** Floating point sums in another order differ by less than this. In logits. */
const TIE = 1e-3;

/**
 * Whether the two best next tokens after `tokens` are tied, both when the last token is scored alone (as standard
 * decoding does) and together with seven before it (as verification does).
 */
export async function isTie(tokens: readonly number[]): Promise<boolean> {
  const { model, close } = await loadModel('smollm2-135m-instruct', { contextLength: 1024 });
  try {
    for (const together of [1, 8]) {
      const sequence = model.openSequence();
      const start = tokens.length - together;
      await model.forward([{ sequence, tokens: Int32Array.from(tokens.slice(0, start)), want: 'none' }]);
      sequence.commit(Array.from({ length: start }, (_, i) => i));
      const { scores } = await model.forward([
        { sequence, tokens: Int32Array.from(tokens.slice(start)), want: 'last' },
      ]);
      const [best = 0, second = 0] = scores[0]?.topK(0, 2).logits ?? [];
      sequence.close();
      if (best - second >= TIE) return false;
    }
    return true;
  } finally {
    close();
  }
}
