import { withoutUndefined } from '@foretoken/core';
import type { SamplingSettings } from '../engine/text-engine.js';
import { invalidParameter } from '../http/api-error.js';
import { type GenerationParameters, samplerParameters } from './generation-schema.js';

/**
 * How tokens are chosen, from a request's parameters.
 *
 * @throws {ApiError} 400 for a bias on a token that the model lacks, and for two names of one setting with two values.
 */
export function samplingSettings(parameters: GenerationParameters, vocabularySize: number): SamplingSettings {
  const { top_p: topP, top_k: topK = -1 } = parameters;
  const names = Object.keys(samplerParameters) as (keyof typeof samplerParameters)[];
  return {
    ...withoutUndefined({
      ...Object.fromEntries(names.map((name) => [camelCase(name), parameters[name]])),
      logitBias: biases(parameters, vocabularySize),
    }),
    ...repetition(parameters),
    // The smallest set of tokens with a probability of 0 is the most probable token.
    ...(topP === 0 ? { topK: 1 } : { topP, ...(topK <= 0 ? {} : { topK }) }),
  };
}

function camelCase(name: string): string {
  return name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
}

function repetition(parameters: GenerationParameters): SamplingSettings {
  const { repetition_penalty: long, repeat_penalty: short, repeat_last_n: window = -1 } = parameters;
  if (long !== undefined && short !== undefined && long !== short) {
    throw invalidParameter(
      'repeat_penalty',
      "'repeat_penalty' and 'repetition_penalty' are the same setting; give one.",
    );
  }
  const repetitionPenalty = long ?? short;
  if (repetitionPenalty === undefined || window === 0) return {};
  return { repetitionPenalty, ...(window > 0 ? { repetitionWindow: window } : {}) };
}

function biases(parameters: GenerationParameters, vocabularySize: number): Record<number, number> | undefined {
  const entries = Object.entries(parameters.logit_bias ?? {});
  if (entries.length === 0) return undefined;
  const stranger = entries.find(([token]) => Number(token) >= vocabularySize);
  if (stranger !== undefined) {
    throw invalidParameter(
      `logit_bias.${stranger[0]}`,
      `Invalid value for 'logit_bias.${stranger[0]}': the token is not in the vocabulary; ids go from 0 to ${vocabularySize - 1}.`,
    );
  }
  return Object.fromEntries(entries.map(([token, bias]) => [Number(token), bias]));
}
