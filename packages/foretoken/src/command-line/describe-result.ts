import type { GenerationResult } from '../decoder/collect-generation.js';

/** One line about a generation, for people. */
export function describeResult(result: GenerationResult): string {
  const { timings, speculation } = result;
  const parts = [
    `${result.promptTokens.length} prompt tokens in ${Math.round(timings.prefillMs)} ms`,
    `${result.tokens.length} tokens at ${timings.tokensPerSecond.toFixed(1)} tokens/s on ${result.device}`,
    `ended by ${result.finishReason}`,
  ];
  if (speculation) {
    parts.push(
      `accepted ${speculation.accepted} of ${speculation.drafted} guesses (${formatPercent(speculation.acceptanceRate)})`,
      `${speculation.meanAcceptanceLength.toFixed(2)} tokens a forward`,
    );
  }
  return parts.join(', ');
}

/** 0.123 as `12.3 %`. */
export function formatPercent(ratio: number): string {
  return `${(ratio * 100).toFixed(1)} %`;
}
