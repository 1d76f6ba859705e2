import type { RoundEvent } from '../contracts/generation-event.js';
import type { EngineEvent } from './engine-request.js';
import { EventStream, type EventStreamListener } from './event-stream.js';

/** The events of one request. Whoever aborts it doesn't want the tokens that it has not read. */
export class RequestEvents extends EventStream<EngineEvent> {
  readonly #signal: AbortSignal | undefined;
  #dropped: readonly RoundEvent[] = [];

  constructor(listener: EventStreamListener, signal: AbortSignal | undefined) {
    super(listener);
    this.#signal = signal;
  }

  get unreadTokens(): number {
    return tokensIn(this.unread);
  }

  protected override take(): EngineEvent | undefined {
    if (this.#signal?.aborted) this.#dropRounds();
    const event = super.take();
    return event?.kind === 'finish' && this.#dropped.length > 0 ? this.#corrected(event) : event;
  }

  #dropRounds(): void {
    this.#dropped = [...this.#dropped, ...this.unread.filter((event) => event.kind === 'round')];
    this.unread = this.unread.filter(({ kind }) => kind !== 'round');
  }

  #corrected(event: Extract<EngineEvent, { kind: 'finish' }>): EngineEvent {
    const { generatedTokens, acceptedTokens, ...statistics } = event.statistics;
    return {
      kind: 'finish',
      reason: 'abort',
      text: '',
      statistics: {
        ...statistics,
        generatedTokens: generatedTokens - tokensIn(this.#dropped),
        acceptedTokens: acceptedTokens - this.#dropped.reduce((sum, { round }) => sum + round.accepted, 0),
      },
    };
  }
}

function tokensIn(events: readonly EngineEvent[]): number {
  return events.reduce((sum, event) => sum + (event.kind === 'round' ? event.tokens.length : 0), 0);
}
