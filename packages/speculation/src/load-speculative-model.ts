import { cachedDraftModelOf, type LoadedModel, type LoadModelOptions, loadModel } from '@foretoken/backend';
import { calibrateForwards, type ForwardTiming } from '@foretoken/core';
import { type ControllerName, Controllers, checkControllerName } from './controllers.js';
import { calibrationFor, defaultDepth } from './defaults.js';
import { type DraftChoice, type DraftMode, parseDraftMode } from './draft-mode.js';
import { Drafters, type LoadedDraftModel } from './drafters.js';

export interface LoadSpeculativeModelOptions extends Omit<LoadModelOptions, 'exitLayers'> {
  /** Registered name, Hugging Face id `organisation/name`, or path. */
  readonly model: string;
  /** How guesses are made. Models that this needs are loaded together with the target. */
  readonly draft: DraftMode;
  /** Which controller decides how far to guess. */
  readonly controller: ControllerName;
  /**
   * Whether to measure the cost of forward passes before the first answer: takes a quarter of a second, or three passes
   * of each size where that is longer, and makes the controller's decisions better. @default true with the controller 'auto'
   */
  readonly calibrate?: boolean;
}

/** A model together with its drafters and controllers. */
export interface SpeculativeModel {
  readonly loaded: LoadedModel;
  readonly drafters: Drafters;
  readonly controllers: Controllers;
  /** Reference of the draft model that was loaded with it; absent without one. */
  readonly draftModel?: string;
  /** Frees the model, and the draft model if there is one. */
  close(): void;
}

/**
 * Loads a model together with its draft model, if one is wanted, and measures what its forwards cost. `auto` wants the
 * registered draft model of a registered model where it is in the cache.
 *
 * @throws {ForetokenError} `invalid-argument` for a bad option, before anything is loaded, and what `loadModel` throws.
 */
export async function loadSpeculativeModel(options: LoadSpeculativeModelOptions): Promise<SpeculativeModel> {
  const { model, draft, controller, calibrate, ...loading } = options;
  const choice = parseDraftMode(draft);
  checkControllerName(controller);
  const exits = choice.kind === 'early-exit' ? { exitLayers: [choice.layers] } : {};
  const loaded = await loadModel(model, { ...loading, ...exits });
  // Not the whole draft model: the vocabulary that it was loaded with is of no more use.
  let closeDraft: (() => void) | undefined;
  const close = (): void => {
    loaded.close();
    closeDraft?.();
  };
  try {
    const reference = await draftReference(choice, options);
    const draftModel = reference === undefined ? undefined : await loadDraftModel(reference, loaded, loading);
    closeDraft = draftModel?.loaded.close;
    const wanted = calibrate ?? (controller === 'auto' && choice.kind !== 'none');
    const calibration = wanted ? await measure(loaded, loading.slots ?? 1) : [];
    const drafters = new Drafters(loaded, draftModel, { passMilliseconds: calibration[0]?.milliseconds });
    const controllers = new Controllers({ calibration, defaultDepth: defaultDepth(loaded.device) });
    return { loaded, drafters, controllers, ...(reference === undefined ? {} : { draftModel: reference }), close };
  } catch (error) {
    close();
    throw error;
  }
}

/** Which draft model is to be loaded, if any. */
async function draftReference(
  choice: DraftChoice,
  { model, controller, cacheDirectory }: LoadSpeculativeModelOptions,
): Promise<string | undefined> {
  if (choice.kind === 'model') return choice.reference;
  if (choice.kind !== 'auto' || controller === 'off') return undefined;
  return cachedDraftModelOf(model, cacheDirectory === undefined ? {} : { cacheDirectory });
}

/**
 * Tokens that a draft model may guess, the first ones of its vocabulary and the special ones. Of Qwen2.5's 151,936 they
 * hold 98 % of what it guesses right, and spare it half of its output matrix.
 */
const DRAFT_TOKENS = 65_536;

/**
 * The draft model, on the target's device, with its own default context. Its guesses are checked in any case, so it
 * computes in the fastest way there is.
 */
async function loadDraftModel(
  reference: string,
  target: LoadedModel,
  loading: LoadModelOptions,
): Promise<LoadedDraftModel> {
  const { contextLength: _, ...rest } = loading;
  const { device, executor } = target;
  // What there is to warn of was told when the target was loaded.
  const quiet = { ...rest, device, onWarning: () => {} };
  const fast = { arithmetic: 'integer', chainTokens: DRAFT_TOKENS, draftFormat: 'Q4_0' } as const;
  const options = executor === 'fused' ? { ...quiet, ...fast } : { ...quiet, arithmetic: 'exact' as const };
  return { reference, loaded: await loadModel(reference, options) };
}

async function measure({ model, device }: LoadedModel, sequences: number): Promise<readonly ForwardTiming[]> {
  const options = calibrationFor(device, sequences);
  return options === undefined ? [] : calibrateForwards(model, options);
}
