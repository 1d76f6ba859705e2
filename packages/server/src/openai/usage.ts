import type { DecodingStatistics } from '@foretoken/core';

/** Tokens of a request, as OpenAI's API counts them. */
export interface Usage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
  readonly prompt_tokens_details: { readonly cached_tokens: number; readonly audio_tokens: number };
  readonly completion_tokens_details: {
    readonly reasoning_tokens: number;
    readonly audio_tokens: number;
    /** Tokens of `prediction` that the model chose as well, and those that it did not. */
    readonly accepted_prediction_tokens: number;
    readonly rejected_prediction_tokens: number;
  };
}

/** One finished answer in numbers. */
export interface AnswerNumbers {
  /** Index of its prompt among the request's. */
  readonly prompt: number;
  readonly statistics: DecodingStatistics;
  /** Prompt tokens that were in the KV cache already. */
  readonly reusedPromptTokens: number;
}

/** Sums over a request's answers. A prompt counts once, however many answers were made to it. */
export function usageOf(answers: readonly AnswerNumbers[]): Usage {
  const firstOfPrompt = new Map<number, AnswerNumbers>();
  for (const answer of answers) if (!firstOfPrompt.has(answer.prompt)) firstOfPrompt.set(answer.prompt, answer);
  const prompts = [...firstOfPrompt.values()];
  const promptTokens = sum(prompts, ({ statistics }) => statistics.promptTokens);
  const completionTokens = sum(answers, ({ statistics }) => statistics.generatedTokens);
  const predictions = answers.map(({ statistics }) => statistics.byDrafter.prediction ?? { accepted: 0, drafted: 0 });
  const accepted = sum(predictions, (prediction) => prediction.accepted);
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: sum(prompts, (answer) => answer.reusedPromptTokens), audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: 0,
      audio_tokens: 0,
      accepted_prediction_tokens: accepted,
      rejected_prediction_tokens: sum(predictions, (prediction) => prediction.drafted) - accepted,
    },
  };
}

/** What `llama-server` tells of a request. Milliseconds are those of its sequences, added up. */
export interface Timings {
  /** Prompt tokens that were computed, and those that were in the KV cache already. */
  readonly prompt_n: number;
  readonly cache_n: number;
  readonly prompt_ms: number;
  readonly prompt_per_token_ms: number;
  readonly prompt_per_second: number;
  readonly predicted_n: number;
  readonly predicted_ms: number;
  readonly predicted_per_token_ms: number;
  readonly predicted_per_second: number;
  /** Guessed tokens, and those that the model chose as well. */
  readonly draft_n: number;
  readonly draft_n_accepted: number;
  /** Rounds without guesses, by the reason why there were none. */
  readonly standard_rounds: Readonly<Record<string, number>>;
}

export function timingsOf(answers: readonly AnswerNumbers[]): Timings {
  const cached = sum(answers, (answer) => answer.reusedPromptTokens);
  const prompt = sum(answers, ({ statistics }) => statistics.promptTokens) - cached;
  const promptMs = sum(answers, ({ statistics }) => statistics.milliseconds.prefill);
  const predicted = sum(answers, ({ statistics }) => statistics.generatedTokens);
  const predictedMs = sum(answers, ({ statistics }) => statistics.milliseconds.decode);
  return {
    prompt_n: prompt,
    cache_n: cached,
    prompt_ms: promptMs,
    prompt_per_token_ms: ratio(promptMs, prompt),
    prompt_per_second: ratio(1000 * prompt, promptMs),
    predicted_n: predicted,
    predicted_ms: predictedMs,
    predicted_per_token_ms: ratio(predictedMs, predicted),
    predicted_per_second: ratio(1000 * predicted, predictedMs),
    draft_n: sum(answers, ({ statistics }) => statistics.drafted),
    draft_n_accepted: sum(answers, ({ statistics }) => statistics.accepted),
    standard_rounds: reasonsOf(answers),
  };
}

function reasonsOf(answers: readonly AnswerNumbers[]): Timings['standard_rounds'] {
  const counts: Record<string, number> = {};
  for (const { statistics } of answers) {
    for (const [reason, count] of Object.entries(statistics.standardReasons)) {
      counts[reason] = (counts[reason] ?? 0) + count;
    }
  }
  return counts;
}

function sum<T>(values: readonly T[], of: (value: T) => number): number {
  return values.reduce((total, value) => total + of(value), 0);
}

/** JSON has no NaN and no infinity. */
function ratio(a: number, b: number): number {
  return b > 0 ? a / b : 0;
}
