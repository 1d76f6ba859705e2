import type { DecodingRound } from '@foretoken/core';
import type { SpeculationCounters } from './text-engine.js';

/** Sums up the rounds of all requests of an engine. */
export class RoundCounters {
  #rounds = 0;
  #standardRounds = 0;
  #draftedTokens = 0;
  #acceptedTokens = 0;
  readonly #acceptedPerDepth: number[] = [];
  readonly #plans = new Map<string, number>();
  #planChanges = 0;
  readonly #standardReasons: { -readonly [Reason in keyof SpeculationCounters['standardReasons']]: number } = {};
  readonly #fallbacks: { -readonly [Cause in keyof SpeculationCounters['fallbacks']]: number } = {};
  readonly #seconds = { draft: 0, forward: 0, verify: 0 };
  #standardSeconds = 0;

  /** Counts the rounds of one request. */
  forRequest(): (round: DecodingRound) => void {
    let previous: string | undefined;
    return (round) => {
      const plan = planName(round);
      if (previous !== undefined && previous !== plan) this.#planChanges++;
      previous = plan;
      this.#plans.set(plan, (this.#plans.get(plan) ?? 0) + 1);
      this.#count(round);
    };
  }

  /** The sums so far. */
  read(): SpeculationCounters {
    return {
      rounds: this.#rounds,
      standardRounds: this.#standardRounds,
      standardReasons: { ...this.#standardReasons },
      draftedTokens: this.#draftedTokens,
      acceptedTokens: this.#acceptedTokens,
      acceptedPerDepth: [...this.#acceptedPerDepth],
      plans: Object.fromEntries(this.#plans),
      planChanges: this.#planChanges,
      fallbacks: { ...this.#fallbacks },
      seconds: { ...this.#seconds },
      standardSeconds: this.#standardSeconds,
    };
  }

  #count({ drafted, accepted, perDepth, milliseconds, fallback, reason }: DecodingRound): void {
    const { draft, forward, verify } = milliseconds;
    this.#rounds++;
    this.#draftedTokens += drafted;
    this.#acceptedTokens += accepted;
    for (const [depth, outcome] of perDepth.entries()) {
      this.#acceptedPerDepth[depth] = (this.#acceptedPerDepth[depth] ?? 0) + (outcome.accepted ? 1 : 0);
    }
    if (reason !== undefined) this.#standardReasons[reason] = (this.#standardReasons[reason] ?? 0) + 1;
    if (fallback !== undefined) this.#fallbacks[fallback] = (this.#fallbacks[fallback] ?? 0) + 1;
    this.#seconds.draft += draft / 1000;
    this.#seconds.forward += forward / 1000;
    this.#seconds.verify += verify / 1000;
    if (drafted > 0) return;
    this.#standardRounds++;
    this.#standardSeconds += (draft + forward + verify) / 1000;
  }
}

function planName({ plan }: DecodingRound): string {
  return plan.kind === 'standard' ? 'standard' : `${plan.drafter}:${plan.depth}`;
}
