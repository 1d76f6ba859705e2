import type { Sequence } from '../contracts/language-model.js';
import type { TokenHistory } from '../decoding/token-history.js';

/** KV entries that a request has left, for another one whose prompt begins alike. */
export interface IdleSequence {
  readonly sequence: Sequence;
  /** Its tokens are the first `sequence.length` of these. */
  readonly history: TokenHistory;
  /** Only requests of this scope may have it. */
  readonly scope: string;
}

/** The sequences that nobody uses, least recently left first. */
export class IdleSequences {
  #entries: IdleSequence[] = [];

  get count(): number {
    return this.#entries.length;
  }

  /** Tokens of all. */
  get tokens(): number {
    return this.#entries.reduce((sum, { sequence }) => sum + sequence.length, 0);
  }

  get entries(): readonly IdleSequence[] {
    return this.#entries;
  }

  /** Keeps a sequence; an empty one is closed. */
  add(entry: IdleSequence): void {
    if (entry.sequence.length === 0) entry.sequence.close();
    else this.#entries.push(entry);
  }

  /** Its sequence is the caller's from now on. */
  take(entry: IdleSequence): Sequence {
    this.#entries = this.#entries.filter((other) => other !== entry);
    return entry.sequence;
  }

  /** Frees the slot that was left longest ago. `false` when there is none. */
  evict(): boolean {
    const oldest = this.#entries.shift();
    oldest?.sequence.close();
    return oldest !== undefined;
  }

  /** Forgets, from those left longest ago, the last tokens of each, until no more than so many are left. */
  shrinkTo(tokens: number): void {
    let excess = this.tokens - tokens;
    for (const { sequence } of this.#entries) {
      if (excess <= 0) break;
      const forgotten = Math.min(excess, sequence.length);
      sequence.truncate(sequence.length - forgotten);
      excess -= forgotten;
    }
    const empty = this.#entries.filter(({ sequence }) => sequence.length === 0);
    this.#entries = this.#entries.filter((entry) => !empty.includes(entry));
    for (const { sequence } of empty) sequence.close();
  }

  close(): void {
    for (const { sequence } of this.#entries) sequence.close();
    this.#entries = [];
  }
}
