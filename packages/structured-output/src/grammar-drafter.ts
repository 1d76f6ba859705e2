import type { DraftBudget, Drafter, DraftTree } from '@foretoken/core';
import type { Tokenizer } from '@foretoken/core/text';

/** Where a text is forced, the only question is how the target cuts it into tokens: nearly always as the tokenizer does. */
const CERTAIN = 0.95;
/** The last token may reach beyond the forced text. */
const LAST = 0.6;

/**
 * Guesses the text that a constraint forces: names of properties, punctuation, what is left of an enum's value. Useful
 * for structured output, where little else can be foreseen. It belongs to one session of a constraint.
 */
export function grammarDrafter(options: {
  readonly tokenizer: Pick<Tokenizer, 'encode'>;
  /** The text that must come next. */
  readonly forced: () => Promise<string>;
}): Drafter {
  const { tokenizer, forced } = options;
  const propose = async ({ depth, nodes, minimumConfidence }: DraftBudget): Promise<DraftTree | undefined> => {
    const text = await forced();
    if (text === '') return undefined;
    const tokens = tokenizer.encode(text, { addBos: false });
    const confidences = Float32Array.from(tokens, (_, i) => (i === tokens.length - 1 ? LAST : CERTAIN));
    const unsure = confidences.findIndex((confidence) => confidence < minimumConfidence);
    const length = Math.min(depth, nodes, unsure < 0 ? tokens.length : unsure);
    if (length === 0) return undefined;
    return {
      tokens: tokens.slice(0, length),
      parents: Int32Array.from({ length }, (_, i) => i - 1),
      confidences: confidences.slice(0, length),
    };
  };
  return { name: 'grammar', open: () => ({ propose, observe() {}, close() {} }) };
}
