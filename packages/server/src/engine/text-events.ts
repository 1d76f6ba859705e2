import type { DecodingRound, EngineEvent } from '@foretoken/core';
import type { RoundView, TextEvent } from './text-engine.js';

/**
 * Turns an engine's events into those of a text engine, grouped by the rounds that they came from, so that what came
 * together can travel together.
 */
export class TextEvents {
  readonly #view: ((round: DecodingRound) => RoundView) | undefined;
  readonly #rounds: { readonly emitted: number; readonly view: RoundView | undefined }[] = [];
  /** Tokens of the round at hand that have not come yet. */
  #outstanding = 0;

  /** `view` describes a round for whoever wants to watch; without it there are no such events. */
  constructor(view?: (round: DecodingRound) => RoundView) {
    this.#view = view;
  }

  /** Takes note of a round, before its tokens come. */
  round(round: DecodingRound): void {
    this.#rounds.push({ emitted: round.emitted, view: this.#view?.(round) });
  }

  /** Each batch has at least one event; a round's tokens are in one batch with what describes the round. */
  async *batches(events: AsyncIterable<EngineEvent>): AsyncGenerator<readonly TextEvent[], void, undefined> {
    let batch: TextEvent[] = [];
    for await (const event of events) {
      if (event.kind === 'token') batch.push(...this.#token(event));
      else batch.push(event);
      if (event.kind === 'token' && this.#outstanding > 0) continue;
      yield batch;
      batch = [];
    }
  }

  #token({ token, text, origin, logprobs }: Extract<EngineEvent, { kind: 'token' }>): TextEvent[] {
    const event: TextEvent = { kind: 'token', token, text, origin, ...(logprobs ? { logprobs } : {}) };
    if (this.#outstanding > 0) {
      this.#outstanding--;
      return [event];
    }
    const round = this.#rounds.shift();
    this.#outstanding = (round?.emitted ?? 1) - 1;
    return round?.view === undefined ? [event] : [{ kind: 'round', round: round.view }, event];
  }
}

/** The events of all batches, one by one. */
export async function* flatten<T>(batches: AsyncIterable<readonly T[]>): AsyncGenerator<T, void, undefined> {
  for await (const batch of batches) yield* batch;
}
