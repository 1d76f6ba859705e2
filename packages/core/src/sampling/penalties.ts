import type { SamplingRules } from './sampler-options.js';

/**
 * Which tokens were seen, for the penalties. Repetition counts history and output inside its window (as llama.cpp
 * and transformers do); presence and frequency count the output alone (as OpenAI and vLLM do).
 */
export class PenaltyState {
  readonly #rules: SamplingRules;
  /** History and output, oldest first; only kept when a token can fall out of the window. */
  readonly #order: number[] = [];
  readonly #inWindow: Map<number, number>;
  readonly #generated: Map<number, number>;

  private constructor(rules: SamplingRules, inWindow: Map<number, number>, generated: Map<number, number>) {
    this.#rules = rules;
    this.#inWindow = inWindow;
    this.#generated = generated;
  }

  /** `undefined` when no penalty is set, so that nothing is tracked. */
  static from(rules: SamplingRules, history: Int32Array | readonly number[]): PenaltyState | undefined {
    const { repetitionPenalty, presencePenalty, frequencyPenalty } = rules;
    if (repetitionPenalty === 1 && presencePenalty === 0 && frequencyPenalty === 0) return undefined;
    const state = new PenaltyState(rules, new Map(), new Map());
    for (const token of history) state.#see(token);
    return state;
  }

  accept(token: number): void {
    this.#see(token);
    const { presencePenalty, frequencyPenalty } = this.#rules;
    if (presencePenalty !== 0 || frequencyPenalty !== 0) add(this.#generated, token, 1);
  }

  /** Changes the logits of seen tokens in place. Shape [vocabularySize]. */
  apply(logits: Float32Array): void {
    const { repetitionPenalty, presencePenalty, frequencyPenalty } = this.#rules;
    for (const token of this.#inWindow.keys()) {
      const logit = logits[token];
      // Dividing a negative logit would raise it: Keskar et al., "CTRL" (2019), with the sign rule all engines use.
      if (logit !== undefined) logits[token] = logit > 0 ? logit / repetitionPenalty : logit * repetitionPenalty;
    }
    for (const [token, count] of this.#generated) {
      const logit = logits[token];
      if (logit !== undefined) logits[token] = logit - presencePenalty - count * frequencyPenalty;
    }
  }

  fork(): PenaltyState {
    const copy = new PenaltyState(this.#rules, new Map(this.#inWindow), new Map(this.#generated));
    for (const token of this.#order) copy.#order.push(token);
    return copy;
  }

  #see(token: number): void {
    const { repetitionPenalty, repetitionWindow } = this.#rules;
    if (repetitionPenalty === 1) return;
    add(this.#inWindow, token, 1);
    if (repetitionWindow === Number.POSITIVE_INFINITY) return;
    this.#order.push(token);
    if (this.#order.length > repetitionWindow) {
      const oldest = this.#order.shift();
      if (oldest !== undefined) add(this.#inWindow, oldest, -1);
    }
  }
}

function add(counts: Map<number, number>, token: number, change: number): void {
  const count = (counts.get(token) ?? 0) + change;
  if (count === 0) counts.delete(token);
  else counts.set(token, count);
}
