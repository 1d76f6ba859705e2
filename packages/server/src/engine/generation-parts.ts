import {
  createSampler,
  type Drafter,
  type EngineRequest,
  InvalidArgumentError,
  withoutUndefined,
} from '@foretoken/core';
import { createStopMatcher, type Tokenizer } from '@foretoken/core/text';
import { type Controllers, type Drafters, guessSampling, parseDraftMode } from '@foretoken/speculation';
import type { ConstraintSession } from '@foretoken/structured-output';
import type { EngineSettings } from './engine-settings.js';
import type { TextRequest } from './text-engine.js';

/** What requests are made into generations with. */
export interface GenerationTools {
  readonly tokenizer: Tokenizer;
  readonly vocabularySize: number;
  readonly drafters: Drafters;
  readonly controllers: Controllers;
  /** How guesses are made where a request does not say. */
  readonly defaults: Pick<EngineSettings, 'draft' | 'controller' | 'depth' | 'minimumConfidence'>;
}

/**
 * Makes a request that is plain data into one that an `Engine` takes.
 *
 * @throws {InvalidArgumentError} an option out of range.
 * @throws {DraftUnavailableError} a way of guessing that the model was not loaded with.
 */
export function generationParts(
  request: TextRequest,
  session: ConstraintSession | undefined,
  tools: GenerationTools,
): EngineRequest {
  const { prompt, maximumTokens, stop = [], ignoreEndTokens = false, topLogprobs, deadline, tenant } = request;
  const { speculation } = request;
  const { tokenizer, controllers, defaults } = tools;
  const drafters = chooseDrafters(request, session, tools);
  return {
    prompt,
    sampler: sampler(request, session, tools),
    drafters,
    controller: controllers.controller({
      name: speculation?.controller ?? defaults.controller,
      drafters: drafters.map(({ name }) => name),
      depth: speculation?.depth ?? defaults.depth,
      minimumConfidence: speculation?.minimumConfidence ?? defaults.minimumConfidence,
    }),
    detokenizer: tokenizer.detokenizer({ skipSpecialTokens: true, continuation: true }),
    ...withoutUndefined({ maximumTokens, topLogprobs, deadline }),
    ...withoutUndefined({ tenant: tenant?.name, prefixScope: tenant?.prefixScope }),
    // A constraint allows nothing after the end that it has allowed.
    ...(ignoreEndTokens && session === undefined ? {} : { endTokens: tokenizer.endTokens }),
    ...(stop.length === 0 ? {} : { stop: createStopMatcher(stop) }),
    ...(session === undefined ? {} : { prepareTree: (tree) => session.prepareTree(tree) }),
  };
}

/** Where an answer has a form, what the form forces is the first guess, unless another way of guessing was asked for. */
function chooseDrafters(
  { speculation, tenant, sampling }: TextRequest,
  session: ConstraintSession | undefined,
  { drafters, defaults }: GenerationTools,
): readonly Drafter[] {
  const mode = parseDraftMode(speculation?.draft ?? defaults.draft);
  const chosen = drafters.choose(mode, {
    expected: speculation?.prediction,
    sampling: guessSampling(sampling, session !== undefined),
    scope: tenant?.draftScope ?? '',
  });
  return session !== undefined && mode.kind === 'auto' ? [session.drafter, ...chosen] : chosen;
}

function sampler(
  { sampling, prompt }: TextRequest,
  session: ConstraintSession | undefined,
  { vocabularySize }: GenerationTools,
): EngineRequest['sampler'] {
  const stranger = Object.keys(sampling.logitBias ?? {}).find((token) => !(Number(token) < vocabularySize));
  if (stranger !== undefined) {
    throw new InvalidArgumentError(
      `logitBias names token ${stranger}, but the vocabulary has ${vocabularySize} tokens (0 to ${vocabularySize - 1}).`,
      { token: stranger, vocabularySize },
    );
  }
  return createSampler({ ...sampling, history: prompt, ...(session ? { constraint: session.constraint } : {}) });
}
