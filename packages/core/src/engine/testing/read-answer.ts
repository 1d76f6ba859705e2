import { standard } from '@foretoken/adaptive';
import {
  createSampler,
  type DecodingRound,
  type EngineEvent,
  type EngineRequest,
  type LanguageModel,
} from '@foretoken/core';
import { exactMatch } from '@foretoken/verifier';
import { OneAtATime } from './one-at-a-time.js';

export interface Answer {
  readonly tokens: readonly number[];
  readonly rounds: readonly DecodingRound[];
  readonly reason: string | undefined;
  readonly reusedPromptTokens: number | undefined;
}

/** Reads a request to its end. */
export async function readAnswer(events: AsyncIterable<EngineEvent>): Promise<Answer> {
  const rounds: DecodingRound[] = [];
  let reason: string | undefined;
  let reusedPromptTokens: number | undefined;
  for await (const event of events) {
    if (event.kind === 'round') rounds.push(event.round);
    else if (event.kind === 'finish') reason = event.reason;
    else reusedPromptTokens = event.reusedPromptTokens;
  }
  return { tokens: rounds.flatMap(({ tokens }) => tokens), rounds, reason, reusedPromptTokens };
}

/** A greedy request without guesses. */
export function plainRequest(prompt: readonly number[], maximumTokens: number): EngineRequest {
  return { prompt: Int32Array.from(prompt), maximumTokens, sampler: createSampler(), controller: standard() };
}

/** The tokens of a plain request on its own. */
export async function plainTokens(
  model: LanguageModel,
  prompt: readonly number[],
  maximumTokens: number,
): Promise<number[]> {
  const decoder = new OneAtATime({ model, verifier: exactMatch(), controller: standard });
  const tokens: number[] = [];
  for await (const event of decoder.generate(plainRequest(prompt, maximumTokens))) {
    if (event.kind === 'round') tokens.push(...event.round.tokens);
  }
  return tokens;
}
