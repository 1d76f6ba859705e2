import type { ClaimedProposal } from './merge-proposals.js';
import type { SequenceAcceptance } from './sequence-acceptance.js';

interface Pending extends ClaimedProposal {
  /** Place in the tree that the text has reached, -1 for its root. */
  node: number;
  isFresh: boolean;
}

/**
 * Holds what drafters proposed against the tokens that came, whether the target scored the proposals or not. A
 * proposal is followed, over as many rounds as that takes, until the text leaves it.
 */
export class Evidence {
  readonly #acceptance: SequenceAcceptance;
  #pending: Pending[] = [];

  constructor(acceptance: SequenceAcceptance) {
    this.#acceptance = acceptance;
  }

  /** What the text is expected to go on with from here. */
  add(proposals: readonly ClaimedProposal[]): void {
    for (const proposal of proposals) {
      for (const earlier of this.#pending) if (earlier.drafter === proposal.drafter) earlier.isFresh = false;
      this.#pending.push({ ...proposal, node: -1, isFresh: true });
    }
  }

  /** The text went on with this token. */
  observe(token: number): void {
    this.#pending = this.#pending.filter((pending) => this.#follow(pending, token));
  }

  #follow(pending: Pending, token: number): boolean {
    const { tree, claims, node: parent, isFresh } = pending;
    let next = -1;
    let isFirst = true;
    for (let node = parent + 1; node < tree.tokens.length; node++) {
      if (tree.parents[node] !== parent) continue;
      const isRight = tree.tokens[node] === token;
      const claim = claims[node];
      // Only the first guess corrects for the sequence: its siblings are right when it is wrong.
      if (claim !== undefined) this.#acceptance.learn(claim, isRight, isFresh && isFirst);
      isFirst = false;
      if (isRight) next = node;
    }
    pending.node = next;
    return next >= 0;
  }
}
