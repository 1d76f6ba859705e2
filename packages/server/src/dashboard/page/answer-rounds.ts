import type { RoundView } from '../../engine/text-engine.js';

export interface AnswerToken {
  readonly text: string;
  readonly origin: 'draft' | 'target';
}

export interface AnswerRound {
  readonly view: RoundView;
  /** Text of the token that the guesses hung off; `undefined` when that is the prompt's last. */
  readonly root: string | undefined;
}

export interface RoundCounts {
  readonly rounds: number;
  readonly drafted: number;
  readonly accepted: number;
  readonly tokens: number;
}

/** Keeps the rounds of one answer and tells which of them a token came from. A round arrives before its tokens. */
export class AnswerRounds {
  readonly rounds: AnswerRound[] = [];
  #current = 0;
  #taken = 0;
  #tokens = 0;

  addRound(view: RoundView): AnswerRound {
    const round = { view, root: this.rounds.at(-1)?.view.tokens.at(-1) };
    this.rounds.push(round);
    return round;
  }

  /** Index among the rounds; `undefined` when no round accounts for the token. */
  addToken(): number | undefined {
    this.#tokens++;
    for (;;) {
      const round = this.rounds[this.#current];
      if (round === undefined) return undefined;
      if (this.#taken < round.view.tokens.length) {
        this.#taken++;
        return this.#current;
      }
      this.#current++;
      this.#taken = 0;
    }
  }

  get counts(): RoundCounts {
    const drafted = this.rounds.reduce((sum, { view }) => sum + view.tree.length, 0);
    const accepted = this.rounds.reduce((sum, { view }) => sum + acceptedOf(view), 0);
    return { rounds: this.rounds.length, drafted, accepted, tokens: this.#tokens };
  }
}

/** Accepted guesses of a round. */
export function acceptedOf({ tree }: RoundView): number {
  return tree.filter(({ accepted }) => accepted).length;
}

/** Longest run of guesses of a round. */
export function depthOf({ tree }: RoundView): number {
  const depths: number[] = [];
  for (const { parent } of tree) depths.push(parent < 0 ? 1 : (depths[parent] ?? 0) + 1);
  return depths.reduce((most, depth) => Math.max(most, depth), 0);
}
