import { type EngineRequest, InvalidArgumentError, withoutUndefined } from '@foretoken/core';
import { engineRequest, type SpeculativeModel } from '@foretoken/speculation';
import type { ConstraintSession } from '@foretoken/structured-output';
import type { EngineSettings } from './engine-settings.js';
import type { TextRequest } from './text-engine.js';

/**
 * Makes a request that is plain data into one that an `Engine` takes.
 *
 * @param defaults - how guesses are made where a request does not say
 * @throws {InvalidArgumentError} an option out of range.
 * @throws {DraftUnavailableError} a way of guessing that the model was not loaded with.
 */
export function generationParts(
  request: TextRequest,
  form: ConstraintSession | undefined,
  speculative: SpeculativeModel,
  defaults: Pick<EngineSettings, 'draft' | 'controller' | 'depth' | 'minimumConfidence'>,
): EngineRequest {
  const { prompt, sampling, stop = [], ignoreEndTokens = false, speculation, tenant } = request;
  const { maximumTokens, topLogprobs, deadline } = request;
  checkBias(sampling.logitBias ?? {}, speculative.loaded.model.vocabularySize);
  return {
    ...engineRequest(speculative, {
      ...{ prompt, sampling, stop, ignoreEndTokens, form },
      draft: speculation?.draft ?? defaults.draft,
      expected: speculation?.prediction,
      scope: tenant?.draftScope,
      control: {
        name: speculation?.controller ?? defaults.controller,
        depth: speculation?.depth ?? defaults.depth,
        minimumConfidence: speculation?.minimumConfidence ?? defaults.minimumConfidence,
      },
    }),
    ...withoutUndefined({ maximumTokens, topLogprobs, deadline }),
    ...withoutUndefined({ tenant: tenant?.name, prefixScope: tenant?.prefixScope }),
  };
}

function checkBias(bias: Readonly<Record<number, number>>, vocabularySize: number): void {
  const stranger = Object.keys(bias).find((token) => !(Number(token) < vocabularySize));
  if (stranger === undefined) return;
  throw new InvalidArgumentError(
    `logitBias names token ${stranger}, but the vocabulary has ${vocabularySize} tokens (0 to ${vocabularySize - 1}).`,
    { token: stranger, vocabularySize },
  );
}
