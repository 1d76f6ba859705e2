import type { Sampler, TokenConstraint } from '../contracts/sampler.js';
import type { TokenId } from '../contracts/token.js';
import { InvalidArgumentError } from '../errors.js';
import { RANDOM_STREAMS, randomAt } from './counter-random.js';
import { InvalidLogitsError } from './errors.js';
import { PenaltyState } from './penalties.js';
import { type SamplerOptions, type SamplingRules, samplingRules } from './sampler-options.js';
import { isKept, truncationCut } from './truncation.js';

/** A sampler that exposes its seed, so that a run with a random seed can be repeated. */
export interface SeededSampler extends Sampler {
  readonly seed: number;
  fork(): SeededSampler;
}

/**
 * A sampler for one sequence. The chain, in order: logit bias, repetition penalty, presence and frequency penalty,
 * constraint, top-k, top-p, min-p, temperature (the order of llama.cpp: truncation sees the distribution at temperature
 * 1, so a high temperature does not let in tokens that were cut), then one draw. The constraint comes after everything
 * that could raise a logit, so what it forbids stays forbidden.
 *
 * Equal logits: the lowest id goes first. The random number of output position i depends only on the seed and i
 * (see `randomAt`), so the same seed gives the same tokens with and without speculation. One draw over a vocabulary of
 * V tokens costs a few linear passes over V; nothing is sorted but the tokens that top-k or top-p is about.
 *
 * `sample` and `distribution` throw `InvalidLogitsError` for logits with NaN or +Infinity and when no token is
 * allowed, and `InvalidArgumentError` for a `logitBias` of a token that the vocabulary lacks.
 * Throws `InvalidArgumentError` for an option out of range.
 *
 * @example
 * ```ts
 * import { createSampler } from '@foretoken/core';
 *
 * const sampler = createSampler({ temperature: 0.7, topP: 0.9, seed: 42 });
 * const token = sampler.sample(new Float32Array([0.1, 2.5, 1.9]));
 * sampler.accept(token);
 * ```
 */
export function createSampler(options: SamplerOptions = {}): SeededSampler {
  const rules = samplingRules(options);
  return new ChainSampler(rules, {
    penalties: PenaltyState.from(rules, options.history ?? []),
    constraint: options.constraint,
    position: 0,
    draws: 0,
  });
}

interface SamplerState {
  readonly penalties: PenaltyState | undefined;
  readonly constraint: TokenConstraint | undefined;
  /** Tokens accepted so far. */
  position: number;
  /** Numbers that `random` gave out at this position. */
  draws: number;
}

/** Memory for one call, shared by forks: a call is synchronous, so two never overlap. */
interface Scratch {
  adjusted: Float32Array;
  weights: Float64Array;
}

class ChainSampler implements SeededSampler {
  readonly needs: 'argmax' | 'logits';
  readonly #rules: SamplingRules;
  readonly #state: SamplerState;
  readonly #scratch: Scratch;
  readonly #greedy: boolean;
  readonly #adjusts: boolean;

  constructor(
    rules: SamplingRules,
    state: SamplerState,
    scratch: Scratch = { adjusted: new Float32Array(0), weights: new Float64Array(0) },
  ) {
    this.#rules = rules;
    this.#state = state;
    this.#scratch = scratch;
    this.#greedy = rules.temperature === 0 || rules.topK === 1;
    this.#adjusts = rules.logitBias.length > 0 || state.penalties !== undefined || state.constraint !== undefined;
    this.needs = this.#greedy && !this.#adjusts ? 'argmax' : 'logits';
  }

  get seed(): number {
    return this.#rules.seed;
  }

  sample(logits: Float32Array): TokenId {
    const adjusted = this.#adjust(logits);
    const best = highestToken(adjusted);
    if (this.#greedy) return best as TokenId;
    const { weights, total } = this.#weigh(adjusted, best);
    const { seed } = this.#rules;
    const { position } = this.#state;
    let rest = randomAt({ seed, stream: RANDOM_STREAMS.sample, position, draw: 0 }) * total;
    let token = best;
    for (let i = 0; i < adjusted.length; i++) {
      const weight = weights[i] ?? 0;
      if (weight === 0) continue;
      token = i;
      rest -= weight;
      if (rest < 0) break;
    }
    return token as TokenId;
  }

  distribution(logits: Float32Array): Float32Array {
    const adjusted = this.#adjust(logits);
    const best = highestToken(adjusted);
    const probabilities = new Float32Array(logits.length);
    if (this.#greedy) {
      probabilities[best] = 1;
      return probabilities;
    }
    const { weights, total } = this.#weigh(adjusted, best);
    for (let i = 0; i < probabilities.length; i++) probabilities[i] = (weights[i] ?? 0) / total;
    return probabilities;
  }

  random(): number {
    const { seed } = this.#rules;
    const { position } = this.#state;
    return randomAt({ seed, stream: RANDOM_STREAMS.verifier, position, draw: this.#state.draws++ });
  }

  accept(token: TokenId): void {
    if (!Number.isInteger(token) || token < 0) {
      throw new InvalidArgumentError(`accept() takes a token id (an integer >= 0), but got ${token}.`, { token });
    }
    this.#state.penalties?.accept(token);
    this.#state.constraint?.accept(token);
    this.#state.position++;
    this.#state.draws = 0;
  }

  fork(): SeededSampler {
    const { penalties, constraint, position, draws } = this.#state;
    const state = { penalties: penalties?.fork(), constraint: constraint?.fork(), position, draws };
    return new ChainSampler(this.#rules, state, this.#scratch);
  }

  /** The logits after bias, penalties and constraint; the caller's array is never written. */
  #adjust(logits: Float32Array): Float32Array {
    if (!this.#adjusts) return logits;
    if (this.#scratch.adjusted.length !== logits.length) this.#scratch.adjusted = new Float32Array(logits.length);
    const { adjusted } = this.#scratch;
    adjusted.set(logits);
    for (const [token, bias] of this.#rules.logitBias) {
      const logit = adjusted[token];
      if (logit === undefined) {
        throw new InvalidArgumentError(
          `logitBias names token ${token}, but the vocabulary has ${logits.length} tokens (0 to ${logits.length - 1}).`,
          { token, vocabularySize: logits.length },
        );
      }
      adjusted[token] = logit + bias;
    }
    this.#state.penalties?.apply(adjusted);
    this.#state.constraint?.mask(adjusted);
    return adjusted;
  }

  /** Unnormalised probabilities after truncation and temperature. Shape [vocabularySize]. */
  #weigh(logits: Float32Array, best: number): { readonly weights: Float64Array; readonly total: number } {
    if (this.#scratch.weights.length !== logits.length) this.#scratch.weights = new Float64Array(logits.length);
    const { weights } = this.#scratch;
    const highest = logits[best] ?? 0;
    const cut = truncationCut(logits, highest, this.#rules);
    const { temperature } = this.#rules;
    let total = 0;
    for (let token = 0; token < logits.length; token++) {
      const logit = logits[token] ?? 0;
      const weight = cut === undefined || isKept(cut, logit, token) ? Math.exp((logit - highest) / temperature) : 0;
      weights[token] = weight;
      total += weight;
    }
    return { weights, total };
  }
}

/** The token with the highest logit, the lowest id among equals. */
function highestToken(logits: Float32Array): number {
  let best = -1;
  let highest = Number.NEGATIVE_INFINITY;
  for (let token = 0; token < logits.length; token++) {
    const logit = logits[token] ?? Number.NaN;
    if (logit > highest) {
      highest = logit;
      best = token;
    } else if (Number.isNaN(logit)) {
      throw new InvalidLogitsError(
        `The logit of token ${token} is NaN. The model's weights or its numeric format are likely damaged.`,
        { token },
      );
    }
  }
  if (best === -1) {
    throw new InvalidLogitsError(
      `No token may be chosen: all ${logits.length} logits are -Infinity. A constraint or logit bias forbids everything, or the model returned nothing.`,
      { vocabularySize: logits.length },
    );
  }
  if (highest === Number.POSITIVE_INFINITY) {
    throw new InvalidLogitsError(`The logit of token ${best} is +Infinity. The model's arithmetic overflowed.`, {
      token: best,
    });
  }
  return best;
}
