import { addStatistics, type DecodingStatistics, NO_STATISTICS } from '@foretoken/core';

export interface AnswerNumbers {
  /** Index of its prompt among the request's. */
  readonly prompt: number;
  readonly statistics: DecodingStatistics;
}

/** Tokens of a request, as OpenAI's API counts them. A prompt counts once, however many answers were made to it. */
export function usageOf(answers: readonly AnswerNumbers[]) {
  const firstOfPrompt = new Map<number, AnswerNumbers>();
  for (const answer of answers) if (!firstOfPrompt.has(answer.prompt)) firstOfPrompt.set(answer.prompt, answer);
  const { promptTokens, reusedPromptTokens } = inAll([...firstOfPrompt.values()]);
  const { generatedTokens, byDrafter } = inAll(answers);
  const { draftedTokens, acceptedTokens } = byDrafter.prediction ?? NO_STATISTICS;
  return {
    prompt_tokens: promptTokens,
    completion_tokens: generatedTokens,
    total_tokens: promptTokens + generatedTokens,
    prompt_tokens_details: { cached_tokens: reusedPromptTokens, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: 0,
      audio_tokens: 0,
      /** Tokens of `prediction` that the model chose as well, and those that it did not. */
      accepted_prediction_tokens: acceptedTokens,
      rejected_prediction_tokens: draftedTokens - acceptedTokens,
    },
  };
}

/** What `llama-server` tells of a request. Milliseconds are those of its sequences, added up. */
export function timingsOf(answers: readonly AnswerNumbers[]) {
  const { promptTokens, reusedPromptTokens, generatedTokens, milliseconds, ...rest } = inAll(answers);
  const prompt = promptTokens - reusedPromptTokens;
  return {
    /** Prompt tokens that were computed, and those that were in the KV cache already. */
    prompt_n: prompt,
    cache_n: reusedPromptTokens,
    prompt_ms: milliseconds.prefill,
    prompt_per_token_ms: ratio(milliseconds.prefill, prompt),
    prompt_per_second: ratio(1000 * prompt, milliseconds.prefill),
    predicted_n: generatedTokens,
    predicted_ms: milliseconds.decode,
    predicted_per_token_ms: ratio(milliseconds.decode, generatedTokens),
    predicted_per_second: ratio(1000 * generatedTokens, milliseconds.decode),
    /** Guessed tokens, and those that the model chose as well. */
    draft_n: rest.draftedTokens,
    draft_n_accepted: rest.acceptedTokens,
    /** Rounds without guesses, by the reason why there were none. */
    standard_rounds: rest.standardReasons,
  };
}

function inAll(answers: readonly AnswerNumbers[]): DecodingStatistics {
  return answers.reduce((sum, { statistics }) => addStatistics(sum, statistics), NO_STATISTICS);
}

/** JSON has no NaN and no infinity. */
function ratio(a: number, b: number): number {
  return b > 0 ? a / b : 0;
}
