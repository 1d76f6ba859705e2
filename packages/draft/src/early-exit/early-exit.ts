import type { DraftBudget, Drafter, DraftSession, DraftTree, EarlyExitLanguageModel, Sequence } from '@foretoken/core';
import { closableSession } from '../closable-session.js';
import { likeliestGuesses } from '../model/guess-distribution.js';
import { requireFraction, requireName } from '../option-checks.js';
import { EarlyExitTargetError, ExitLayerError } from './errors.js';

/** The target, and how much of it guesses. */
export interface EarlyExitOptions {
  /** The target itself, loaded with `layers` among its `exitLayers`. */
  readonly model: EarlyExitLanguageModel;
  /** First layers that guess. One of the model's `exitLayers`. */
  readonly layers: number;
  /** Name for controllers and metrics. @default 'early-exit' */
  readonly name?: string;
  /** Don't guess what is less probable than this, path included; the budget's own counts where it is higher. In [0, 1]. @default 0 */
  readonly minimumConfidence?: number;
}

/**
 * Guesses with the target's own first layers: no second model and no second KV cache. Proposes chains, one short
 * forward a guess, whatever the width. A confidence is the softmax probability of the guess; guessing ends where their
 * product would fall under the minimum, or where the context is full.
 *
 * Models that were not trained to exit early guess badly from few layers.
 *
 * Throws `ExitLayerError` when the model can't stop after `layers` and `InvalidArgumentError` for other options out of
 * range. `open` throws `EarlyExitTargetError` without the target's sequence, `propose` when that does not hold every
 * token but the last.
 *
 * Source: M. Elhoushi et al., "LayerSkip: Enabling Early Exit Inference and Self-Speculative Decoding", ACL 2024;
 * J. Zhang et al., "Draft & Verify", 2023.
 *
 * @example
 * ```ts
 * import type { EarlyExitLanguageModel } from '@foretoken/core';
 * import { earlyExit } from '@foretoken/draft';
 *
 * function drafters(model: EarlyExitLanguageModel) {
 *   return model.exitLayers.map((layers) => earlyExit({ model, layers, name: `first-${layers}` }));
 * }
 * ```
 */
export function earlyExit(options: EarlyExitOptions): Drafter {
  const { model, layers, name = 'early-exit', minimumConfidence = 0 } = options;
  requireName(name);
  requireFraction('minimumConfidence', minimumConfidence);
  if (!model.exitLayers.includes(layers)) throw new ExitLayerError(layers, model.exitLayers);
  return {
    name,
    costly: true,
    open: (prompt, target) => {
      if (target === undefined) {
        throw new EarlyExitTargetError(
          `The drafter "${name}" works inside the target. Open it with open(prompt, { sequence }), as Engine does.`,
        );
      }
      return closableSession(new EarlyExitSession({ model, layers, minimumConfidence }, target.sequence, prompt));
    },
  };
}

type EarlyExitSettings = Omit<Required<EarlyExitOptions>, 'name'>;

class EarlyExitSession implements DraftSession {
  readonly #settings: EarlyExitSettings;
  readonly #sequence: Sequence;
  #length: number;
  #last: number | undefined;

  constructor(settings: EarlyExitSettings, sequence: Sequence, prompt: Int32Array) {
    this.#settings = settings;
    this.#sequence = sequence;
    this.#length = prompt.length;
    this.#last = prompt[prompt.length - 1];
  }

  async propose(budget: DraftBudget): Promise<DraftTree | undefined> {
    const { model, layers } = this.#settings;
    const minimum = Math.max(budget.minimumConfidence, this.#settings.minimumConfidence);
    if (this.#last === undefined || Math.min(budget.depth, budget.width, budget.nodes) < 1) return undefined;
    if (this.#sequence.length !== this.#length - 1) {
      throw new EarlyExitTargetError(
        `The target's sequence holds ${this.#sequence.length} tokens, but must hold all but the last of the ${this.#length} that were observed. Propose after the target's commit.`,
        { held: this.#sequence.length, observed: this.#length },
      );
    }
    const most = Math.min(budget.depth, budget.nodes, model.contextLength - this.#sequence.length);
    const tokens: number[] = [];
    const confidences: number[] = [];
    let token = this.#last;
    let probability = 1;
    for (let ahead = 0; ahead < most; ahead++) {
      const input = { sequence: this.#sequence, layers, tokens: Int32Array.of(token), ahead };
      const [best] = likeliestGuesses((await model.forwardEarly(input)).row(0), 1);
      if (best === undefined) break;
      const confidence = Math.min(best.probability, 1);
      probability *= confidence;
      if (probability < minimum) break;
      token = best.token;
      tokens.push(token);
      confidences.push(confidence);
    }
    if (tokens.length === 0) return undefined;
    return {
      tokens: Int32Array.from(tokens),
      parents: Int32Array.from(tokens.keys(), (node) => node - 1),
      confidences: Float32Array.from(confidences),
    };
  }

  observe(accepted: Int32Array): void {
    this.#length += accepted.length;
    this.#last = accepted[accepted.length - 1] ?? this.#last;
  }

  close(): void {}
}
