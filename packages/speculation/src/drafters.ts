import { randomInt } from 'node:crypto';
import type { LoadedModel } from '@foretoken/backend';
import { type Drafter, InvalidArgumentError } from '@foretoken/core';
import {
  draftModel,
  earlyExit,
  prediction,
  promptLookup,
  type TokenTranslation,
  tokenTranslation,
} from '@foretoken/draft';
import type { DraftChoice } from './draft-mode.js';
import { DrafterMemories, type DrafterMemory } from './drafter-memories.js';
import { DraftUnavailableError } from './errors.js';
import { TOKEN_DRAFTERS } from './token-drafters.js';

/** A draft model with the name it was asked for by. */
export interface LoadedDraftModel {
  readonly reference: string;
  readonly loaded: LoadedModel;
}

/** How a draft model draws its guesses: best as the answer is sampled. */
export interface GuessSampling {
  readonly temperature: number;
  readonly topK?: number | undefined;
  readonly topP?: number | undefined;
  readonly minP?: number | undefined;
}

/** Likeliest tokens among which a guess is drawn; the rest is hardly ever drawn. */
const MOST_DRAWN = 64;

/**
 * How guesses for an answer may be drawn; `undefined` where they may not: at temperature 0 there is nothing to draw, a
 * seed promises the same text whatever is guessed, and a form leaves out guesses by their tokens.
 */
export function guessSampling(
  sampling: Partial<GuessSampling> & { readonly seed?: number | undefined },
  hasForm: boolean,
): GuessSampling | undefined {
  const { temperature = 0, topK, topP, minP, seed } = sampling;
  return temperature > 0 && seed === undefined && !hasForm ? { temperature, topK, topP, minP } : undefined;
}

/** What a choice of drafters depends on beside the mode. */
export interface DrafterChoiceContext {
  /** Text that the answer is expected to resemble, or its tokens. @default none */
  readonly expected?: string | Int32Array | undefined;
  /** How the answer is sampled, if guesses may be drawn alike. @default a draft model takes the likeliest tokens */
  readonly sampling?: GuessSampling | undefined;
  /** What drafters learn is shared only between generations with the same scope. @default '' */
  readonly scope?: string;
}

/** What was measured of the target. */
export interface TargetCosts {
  /** Of a forward pass of one token. @default not known, and taken to be long */
  readonly passMilliseconds?: number | undefined;
}

/**
 * Milliseconds of a pass from which on `auto` has `recycling`. It takes 0.15 ms a round, and one of its guesses in four or
 * five is right: on Qwen2.5-Coder-1.5B (41 ms) it saves 6 % of the time; on SmolLM2-135M (4 ms), where a row more takes
 * a seventh of a pass, it adds 4 %. Nothing between was measured.
 */
const RECYCLING_PASS = 8;

/** The drafters of one loaded model. They keep what they learn from one generation to the next of the same scope. */
export class Drafters {
  readonly #target: LoadedModel;
  readonly #model: { readonly reference: string; readonly drafter: ModelDrafter } | undefined;
  readonly #lookup = promptLookup();
  readonly #memories = new DrafterMemories();
  readonly #recycles: boolean;

  constructor(target: LoadedModel, draft: LoadedDraftModel | undefined, { passMilliseconds }: TargetCosts = {}) {
    this.#target = target;
    this.#recycles = passMilliseconds === undefined || passMilliseconds >= RECYCLING_PASS;
    this.#model = draft && { reference: draft.reference, drafter: modelDrafter(target, draft.loaded) };
  }

  /**
   * The drafters that a choice stands for, in order of preference.
   *
   * @throws {DraftUnavailableError} a model or layers that the target was not loaded with.
   * @throws {InvalidArgumentError} the prediction drafter without a prediction.
   */
  choose(choice: DraftChoice, { expected, sampling, scope = '' }: DrafterChoiceContext = {}): readonly Drafter[] {
    const memory = this.#memories.of(scope);
    switch (choice.kind) {
      case 'none':
        return [];
      case 'auto': {
        const own =
          this.#model === undefined ? this.#free(memory) : [this.#model.drafter(sampling), ...this.#free(memory)];
        return expected === undefined ? own : [this.#prediction(expected), ...own];
      }
      case 'tokens':
        return [
          TOKEN_DRAFTERS[choice.drafter]({
            lookup: this.#lookup,
            memory,
            prediction: () => (expected === undefined ? undefined : this.#prediction(expected)),
          }),
        ];
      case 'model':
        if (this.#model?.reference === choice.reference) return [this.#model.drafter(sampling), ...this.#free(memory)];
        throw new DraftUnavailableError(`model:${choice.reference}`);
      case 'early-exit':
        if (this.#target.model.exitLayers.includes(choice.layers)) {
          return [earlyExit({ model: this.#target.model, layers: choice.layers })];
        }
        throw new DraftUnavailableError(`early-exit:${choice.layers}`);
    }
  }

  /** Drafters of negligible cost, which can be combined with any other. */
  #free({ recycling }: DrafterMemory): readonly Drafter[] {
    return this.#recycles ? [this.#lookup, recycling] : [this.#lookup];
  }

  #prediction(expected: string | Int32Array): Drafter {
    const { tokenizer } = this.#target;
    const tokens = typeof expected === 'string' ? tokenizer.encode(expected, { specialTokens: false }) : expected;
    if (tokens.length > 0) return prediction({ tokens });
    throw new InvalidArgumentError('prediction is empty. Give the text that is expected, or leave it out.');
  }
}

type ModelDrafter = (sampling: GuessSampling | undefined) => Drafter;

function modelDrafter(target: LoadedModel, draft: LoadedModel): ModelDrafter {
  const translation = translationBetween(target, draft);
  const options = { model: draft.model, ...(translation === undefined ? {} : { translation }) };
  const greedy = draftModel(options);
  return (sampling) => {
    if (sampling === undefined) return greedy;
    const { temperature, topK = MOST_DRAWN, topP = 1, minP = 0 } = sampling;
    const cut = { topK: Math.min(topK, MOST_DRAWN), topP, minP };
    return draftModel({ ...options, sampling: { kind: 'sample', temperature, ...cut, seed: randomInt(2 ** 47) } });
  };
}

/** `undefined`: both have the same vocabulary. */
function translationBetween(target: LoadedModel, draft: LoadedModel): TokenTranslation | undefined {
  const texts = { draft: vocabularyOf(draft), target: vocabularyOf(target) };
  const same =
    texts.draft.length === texts.target.length && texts.draft.every((text, token) => text === texts.target[token]);
  return same ? undefined : tokenTranslation(texts);
}

/** Texts of all tokens; those that are part of a character only, or no text at all, can't be compared by text. */
function vocabularyOf({ tokenizer, model }: LoadedModel): readonly (string | undefined)[] {
  return Array.from({ length: model.vocabularySize }, (_, token) => {
    try {
      const text = tokenizer.tokenText(token);
      return text.includes('\uFFFD') ? undefined : text;
    } catch {
      return undefined;
    }
  });
}
