import { fixed, planner } from '@foretoken/adaptive';
import type { LoadedModel } from '@foretoken/backend';
import type { Drafter, EngineRequest } from '@foretoken/core';
import { cascade, draftModel, earlyExit, prediction, promptLookup, recycling, suffix } from '@foretoken/draft';
import { damaged, type NoiseOptions, noise, type Random } from './noise-drafter.js';

/** Who guesses in one row of the comparison, and who decides how far. */
export interface LosslessConfiguration {
  readonly name: string;
  /** First layers that the target must be able to stop after. @default none */
  readonly exitLayer?: number;
  /** Drafters and controller of one answer; none remembers another answer. */
  readonly drafting: (context: ConfigurationContext) => AnswerDrafting;
}

/** Who guesses for one answer, and who decides. */
export type AnswerDrafting = Pick<EngineRequest, 'drafters' | 'controller'>;

/** What the drafters of one answer may know. */
export interface ConfigurationContext {
  readonly loaded: LoadedModel;
  /** The standard answer. Shape [tokens]. */
  readonly answer: readonly number[];
  /** Draws what is random, from the seed of the run and the names of prompt and configuration. */
  readonly random: Random;
}

interface Budget {
  readonly depth: number;
  /** @default 1 */
  readonly width?: number;
  /** @default depth x width */
  readonly nodes?: number;
}

const CHAIN: Budget = { depth: 6 };
const TREE: Budget = { depth: 5, width: 3, nodes: 12 };
/** A guess of a model costs a forward. */
const MODEL_CHAIN: Budget = { depth: 4 };
const MODEL_TREE: Budget = { depth: 3, width: 2, nodes: 7 };
/** Of the 30 of the default model, which was not trained to exit early: fewer are almost never right. */
const EXIT_LAYER = 27;
const EXIT_CHAIN: Budget = { depth: 2 };
/** Noise is almost always wrong, so each round brings one token: fewer guesses save time and take nothing from the proof. */
const NOISE_CHAIN: Budget = { depth: 4 };
const NOISE_TREE: Budget = { depth: 3, width: 3, nodes: 7 };

/** Every drafter there is, as a chain and as a tree where it can be one, and noise that nobody would ship. */
export const LOSSLESS_CONFIGURATIONS: readonly LosslessConfiguration[] = [
  always('lookup-chain', CHAIN, () => promptLookup()),
  always('lookup-tree', TREE, () => promptLookup()),
  always('suffix-chain', CHAIN, () => suffix()),
  always('suffix-tree', TREE, () => suffix()),
  always('recycling-chain', CHAIN, () => recycling()),
  always('recycling-tree', TREE, () => recycling()),
  always('cascade', TREE, () => cascade({ drafters: cheapDrafters() })),
  always('prediction', CHAIN, ({ answer, random, loaded }) =>
    prediction({ tokens: damaged(answer, random, loaded.model.vocabularySize) }),
  ),
  // The target guesses for itself in a second sequence: a draft cache that is one position off shows at once.
  always('draft-model-chain', MODEL_CHAIN, ({ loaded: { model } }) => draftModel({ model })),
  always('draft-model-tree', MODEL_TREE, ({ loaded: { model } }) => draftModel({ model })),
  {
    ...always('early-exit', EXIT_CHAIN, ({ loaded: { model } }) => earlyExit({ model, layers: EXIT_LAYER })),
    exitLayer: EXIT_LAYER,
  },
  { name: 'planner', drafting: () => ({ drafters: cheapDrafters(), controller: planner().forSequence() }) },
  always('noise-chain', NOISE_CHAIN, noiseOf({ shape: 'chain' })),
  always('noise-tree', NOISE_TREE, noiseOf({ shape: 'tree' })),
  always('plausible-noise-chain', NOISE_CHAIN, noiseOf({ shape: 'chain', source: 'text' })),
  always('plausible-noise-tree', NOISE_TREE, noiseOf({ shape: 'tree', source: 'text' })),
  always('half-right-tree', { ...TREE, nodes: 16 }, noiseOf({ shape: 'tree', source: 'text', share: 0.7 })),
];

/** A configuration with one drafter that gets the same budget each round. */
function always(
  name: string,
  budget: Budget,
  drafterFor: (context: ConfigurationContext) => Drafter,
): LosslessConfiguration {
  return {
    name,
    drafting: (context) => {
      const drafter = drafterFor(context);
      return { drafters: [drafter], controller: fixed({ ...budget, drafter: drafter.name }) };
    },
  };
}

function cheapDrafters(): readonly Drafter[] {
  return [promptLookup(), suffix(), recycling()];
}

function noiseOf({
  share,
  ...shape
}: Pick<NoiseOptions, 'shape' | 'source'> & { readonly share?: number }): (context: ConfigurationContext) => Drafter {
  return ({ loaded, answer, random }) =>
    noise({
      ...shape,
      random,
      vocabularySize: loaded.model.vocabularySize,
      ...(share === undefined ? {} : { known: { answer: Int32Array.from(answer), share } }),
    });
}
