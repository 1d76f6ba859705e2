import type { RoundOutcome } from '@foretoken/core';

/** One forward with all that the sequences in it have told of it. */
export interface ForwardReading<Member> {
  readonly activeSequences: number;
  /** Tokens of all sequences, prefill included. */
  readonly tokens: number;
  /** Tokens of the sequences that told of it. */
  readonly ownTokens: number;
  /** Tokens of prompts. */
  readonly promptTokens: number;
  /** Whether the engine said how many tokens the forward had. */
  readonly isCounted: boolean;
  /** Mean committed tokens of those. */
  readonly contextLength: number;
  /** Milliseconds of the forward and of all verdicts. */
  readonly milliseconds: number;
  /** Milliseconds of all drafts. */
  readonly draftMilliseconds: number;
  /** Whoever told of it. */
  readonly members: readonly Member[];
}

/**
 * Puts together what each sequence tells of a forward that they share, so that it counts once. Outcomes belong together
 * when the engine says how many tokens the forward had, and when that and its time are the same.
 */
export class ForwardLedger<Member> {
  #key: string | undefined;
  #open: (Omit<ForwardReading<Member>, 'members'> & { readonly members: Member[] }) | undefined;

  /** Returns the forward before, when this outcome is the first of another. */
  add(outcome: RoundOutcome, member: Member): ForwardReading<Member> | undefined {
    const { drafted, milliseconds, activeSequences, forwardTokens, contextLength } = outcome;
    const key = forwardTokens === undefined ? undefined : `${activeSequences} ${forwardTokens} ${milliseconds.forward}`;
    const own = {
      // Without a count of the engine's, all sequences are taken to have as many.
      tokens: forwardTokens ?? activeSequences * (1 + drafted),
      ownTokens: forwardTokens === undefined ? activeSequences * (1 + drafted) : 1 + drafted,
      promptTokens: outcome.promptTokens ?? 0,
      isCounted: forwardTokens !== undefined,
      activeSequences,
      contextLength,
      milliseconds: milliseconds.forward + milliseconds.verify,
      draftMilliseconds: milliseconds.draft,
    };
    const open = this.#open;
    if (open === undefined || key === undefined || key !== this.#key) {
      const before = this.close();
      this.#key = key;
      this.#open = { ...own, members: [member] };
      return before;
    }
    const count = open.members.push(member);
    this.#open = {
      ...open,
      ownTokens: open.ownTokens + own.ownTokens,
      contextLength: open.contextLength + (contextLength - open.contextLength) / count,
      milliseconds: open.milliseconds + milliseconds.verify,
      draftMilliseconds: open.draftMilliseconds + milliseconds.draft,
    };
    return undefined;
  }

  /** The forward that nothing more is expected of. */
  close(): ForwardReading<Member> | undefined {
    const open = this.#open;
    this.#open = undefined;
    return open;
  }
}
