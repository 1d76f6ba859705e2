import type { DraftBudget, DraftTree } from '@foretoken/core';

/** A token that may come next, and where that leads. */
export interface Continuation<State> {
  readonly token: number;
  /** Probability that it is accepted, given that what it continues was. */
  readonly confidence: number;
  readonly state: State;
}

/** A node that may be taken next. */
interface Candidate<State> extends Continuation<State> {
  /** Its parent's place in the tree. */
  readonly parent: number;
  /** Probability that the whole path is accepted. */
  readonly probability: number;
  /** Tokens from the root. */
  readonly depth: number;
}

/**
 * The likeliest nodes within the budget, by the product of the confidences on their path; the first found among
 * equals. `continuations` gives what may follow a state, likeliest first; `start` stands for the end of the text.
 */
export function bestFirstTree<State>(
  start: State,
  budget: DraftBudget,
  continuations: (of: State) => readonly Continuation<State>[],
): DraftTree | undefined {
  const chosen: Candidate<State>[] = [];
  const waiting: Candidate<State>[] = [];
  const offer = (of: State, parent: number, probability: number, depth: number): void => {
    if (depth > budget.depth) return;
    for (const { token, confidence, state } of continuations(of).slice(0, budget.width)) {
      const path = probability * confidence;
      if (path >= budget.minimumConfidence) {
        waiting.push({ token, confidence, state, parent, probability: path, depth });
      }
    }
  };
  offer(start, -1, 1, 1);
  while (chosen.length < budget.nodes) {
    const [node] = waiting.splice(likeliest(waiting), 1);
    if (node === undefined) break;
    chosen.push(node);
    offer(node.state, chosen.length - 1, node.probability, node.depth + 1);
  }
  if (chosen.length === 0) return undefined;
  return {
    tokens: Int32Array.from(chosen, ({ token }) => token),
    parents: Int32Array.from(chosen, ({ parent }) => parent),
    confidences: Float32Array.from(chosen, ({ confidence }) => confidence),
  };
}

/** Index of the likeliest; the first among equals, so that the same is taken on every run. */
function likeliest(nodes: readonly { readonly probability: number }[]): number {
  let best = 0;
  for (let i = 1; i < nodes.length; i++) if ((nodes[i]?.probability ?? 0) > (nodes[best]?.probability ?? 0)) best = i;
  return best;
}
