import type { VerificationInput, Verifier } from '@foretoken/core';
import type { Choice } from './lossless-record.js';

/** A verifier that also notes how clear each choice was, in the very forwards that the choices were made from. */
export interface RecordingVerifier extends Verifier {
  /** One choice for each token of the answer. */
  readonly choices: readonly Choice[];
}

/** Wraps the verifier of one generation. It judges untouched; only afterwards are the rows of the emitted tokens read. */
export function recordChoices(verifier: Verifier): RecordingVerifier {
  const choices: Choice[] = [];
  return {
    name: verifier.name,
    lossless: verifier.lossless,
    choices,
    verify: (input: VerificationInput) => {
      const verdict = verifier.verify(input);
      for (const [depth, token] of verdict.tokens.entries()) {
        // Token d was chosen after the d-th node of the path, and row 0 belongs to the root.
        const row = depth === 0 ? 0 : (verdict.path[depth - 1] ?? 0) + 1;
        const { tokens, logits } = input.scores.topK(row, 2);
        choices.push({ token, top: [...tokens], margin: (logits[0] ?? 0) - (logits[1] ?? 0) });
      }
      return verdict;
    },
  };
}
