import { readFileSync } from 'node:fs';
import type { LanguageModel, Scores, Sequence } from '@foretoken/core';

/** A prompt with the answer that an independent float32 implementation gives. */
export interface ReferencePrompt {
  readonly kind: string;
  readonly prompt: string;
  readonly promptTokens: readonly number[];
  /** Greedy continuation. */
  readonly greedy: readonly number[];
  /** For each position of `greedy`, the five highest logits as [token, logit]. */
  readonly top5: readonly (readonly (readonly [number, number])[])[];
}

export function referencePrompts(): readonly ReferencePrompt[] {
  const path = new URL('../../../reference/smollm2-135m-instruct-q4_1.json', import.meta.url);
  const { prompts }: { prompts: readonly ReferencePrompt[] } = JSON.parse(readFileSync(path, 'utf8'));
  return prompts;
}

/** Largest distance between the reference's top-5 logits and the rows of logits at the same positions. */
export function worstLogit(reference: ReferencePrompt, row: (position: number) => Float32Array): number {
  let worst = 0;
  reference.top5.forEach((top, position) => {
    const logits = row(position);
    for (const [token, logit] of top) worst = Math.max(worst, Math.abs((logits[token] ?? Number.NaN) - logit));
  });
  return worst;
}

/** Scores every position of the reference's answer in one pass: row i is what `greedy[i]` was chosen from. */
export async function scoreAnswer(
  model: LanguageModel,
  sequence: Sequence,
  reference: ReferencePrompt,
): Promise<Scores> {
  const context = Int32Array.from(reference.promptTokens.slice(0, -1));
  await model.forward([{ sequence, tokens: context, want: 'none' }]);
  sequence.commit(Array.from(context, (_, index) => index));
  const answer = [...reference.promptTokens.slice(-1), ...reference.greedy.slice(0, -1)];
  const { scores } = await model.forward([{ sequence, tokens: Int32Array.from(answer), want: 'all' }]);
  if (!scores[0]) throw new Error('the forward gave no scores');
  return scores[0];
}
