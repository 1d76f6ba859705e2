import type { GenerationEvent } from '@foretoken/core';
import type { GenerationResult } from '../decoder/collect-generation.js';
import { formatPercent } from './describe-result.js';

/** Fewer rounds without guesses than this say too little about how long one takes. */
const FEWEST_STANDARD_ROUNDS = 5;

/** Watches rounds to tell what speculation brings: rounds without guesses say what a token costs without it. */
export class SpeedMeter {
  #standardRounds = 0;
  #standardMilliseconds = 0;

  observe(event: GenerationEvent): void {
    if (event.kind === 'finish' || event.round.plan.kind !== 'standard') return;
    const { milliseconds } = event.round;
    this.#standardRounds++;
    this.#standardMilliseconds += milliseconds.draft + milliseconds.forward + milliseconds.verify;
  }

  /** One line about an answer: tokens a second, and how much of it came from guesses. */
  describe({ tokens, timings, speculation }: GenerationResult): string {
    const parts = [`${tokens.length} tokens`, `${timings.tokensPerSecond.toFixed(1)} tok/s`];
    const speedup = this.#speedup(tokens.length, timings.decodeMs);
    if (speculation !== undefined && speedup !== undefined)
      parts.push(`${speedup.toFixed(2)}x as fast as without guesses`);
    if (speculation !== undefined && speculation.drafted > 0) {
      parts.push(`${formatPercent(speculation.acceptanceRate)} of ${speculation.drafted} guesses accepted`);
    }
    return parts.join(', ');
  }

  #speedup(tokens: number, milliseconds: number): number | undefined {
    if (this.#standardRounds < FEWEST_STANDARD_ROUNDS || milliseconds <= 0) return undefined;
    return (tokens * this.#standardMilliseconds) / this.#standardRounds / milliseconds;
  }
}
