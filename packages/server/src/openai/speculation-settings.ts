import { InvalidArgumentError, withoutUndefined } from '@foretoken/core';
import { type DraftMode, parseDraftMode } from '@foretoken/speculation';
import type { SpeculationSettings } from '../engine/text-engine.js';
import { invalidParameter } from '../http/api-error.js';
import type { GenerationParameters } from './generation-schema.js';

export type AskedSpeculation = Omit<SpeculationSettings, 'prediction'> & { readonly prediction?: string };

/**
 * How guesses are made, from `speculation` and `prediction`. An empty prediction is none.
 *
 * @throws {ApiError} 400 for a way of guessing that does not exist.
 */
export function speculationSettings(parameters: GenerationParameters): AskedSpeculation {
  const prediction = predictedText(parameters.prediction);
  const settings: AskedSpeculation = {
    ...ownSettings(parameters.speculation),
    ...(prediction === '' ? {} : { prediction }),
  };
  if (settings.draft === 'prediction' && settings.prediction === undefined) {
    throw invalidParameter('prediction', "The draft 'prediction' needs the text that is expected, as 'prediction'.");
  }
  return settings;
}

function ownSettings(speculation: GenerationParameters['speculation']): Omit<SpeculationSettings, 'prediction'> {
  if (speculation === undefined || speculation === true) return {};
  if (speculation === false) return { draft: 'none' };
  const { draft, controller, depth, min_confidence: minimumConfidence } = speculation;
  return withoutUndefined({ draft: checkedMode(draft), controller, depth, minimumConfidence });
}

function checkedMode(draft: string | undefined): DraftMode | undefined {
  if (draft === undefined) return undefined;
  try {
    parseDraftMode(draft);
    return draft as DraftMode;
  } catch (error) {
    if (error instanceof InvalidArgumentError)
      throw invalidParameter('speculation.draft', `Invalid value for 'speculation.draft': ${error.message}`);
    throw error;
  }
}

function predictedText(prediction: GenerationParameters['prediction']): string {
  if (prediction === undefined) return '';
  const { content } = prediction;
  return typeof content === 'string' ? content : content.map((part) => part.text).join('');
}
