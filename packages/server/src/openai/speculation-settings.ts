import { withoutUndefined } from '@foretoken/core';
import type { SpeculationSettings } from '../engine/text-engine.js';
import { invalidParameter } from '../http/api-error.js';
import type { GenerationParameters } from './generation-schema.js';

export type AskedSpeculation = Omit<SpeculationSettings, 'prediction'> & { readonly prediction?: string };

/**
 * How guesses are made, from `speculation` and `prediction`. An empty prediction is none.
 *
 * @throws {ApiError} 400 for the draft 'prediction' without one.
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
  return withoutUndefined({ draft, controller, depth, minimumConfidence });
}

function predictedText(prediction: GenerationParameters['prediction']): string {
  if (prediction === undefined) return '';
  const { content } = prediction;
  return typeof content === 'string' ? content : content.map((part) => part.text).join('');
}
