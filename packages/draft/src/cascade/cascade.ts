import type { DraftBudget, Drafter, DraftSession, DraftTarget, DraftTree, ScoredRound } from '@foretoken/core';
import { InvalidArgumentError } from '@foretoken/core/errors';
import { DraftSessionClosedError } from '../errors.js';
import { requireFraction, requireName } from '../option-checks.js';
import { CascadeFailedError, InvalidMemberTreeError } from './errors.js';
import { mergeTrees } from './merge-trees.js';

/** Which drafters a cascade asks, and which guesses it accepts. */
export interface CascadeOptions {
  /** In the order in which they are asked: the most exact or the cheapest first. At least one, each with its own name. */
  readonly drafters: readonly Drafter[];
  /**
   * A guess is taken when the confidence of its likeliest first node is at least this, in [0, 1]. A guess without
   * confidences is always taken. @default 0.5
   */
  readonly minimumConfidence?: number;
  /**
   * Whether guesses of the drafters after the chosen one are added if the width is above 1 and the budget has nodes
   * left. This asks all of them, so turn it off if one of them is slow. @default true
   */
  readonly merge?: boolean;
  /** Name of the cascade as a drafter. @default 'cascade' */
  readonly name?: string;
  /** Called for each failure of a member. A member that failed is not used again in that session. */
  readonly onError?: (error: unknown, drafter: string) => void;
}

/**
 * Asks several drafters in order and takes the first guess that is confident enough; when none is, the most confident.
 * With a width above 1 the guesses of the others are merged into it while nodes are left: first of the drafters before
 * it, then of those after it. Useful when one drafter is accurate but rarely has a guess (lookup, prediction) and
 * another always has one (recycling, a draft model).
 *
 * The merged tree begins with the tree that was taken, unchanged. It has confidences when every merged tree has; the
 * same guess of two drafters has the greater one. A tree with `proposals` (a sampled draft) is used alone, for its
 * verifier needs the distribution of every node.
 *
 * Every member observes every round, asked or not. A member that throws is closed and left out for the rest of the
 * session, the others go on; when none is left the session throws `CascadeFailedError`. A member that never answers
 * blocks the whole cascade.
 *
 * Source: the order of drafters as in cascade speculative drafting, Z. Chen et al. (2023),
 * https://arxiv.org/abs/2312.11462, cut down to choosing and merging.
 *
 * Throws `InvalidArgumentError` for options out of range.
 *
 * @example
 * ```ts
 * import { cascade, promptLookup, recycling } from '@foretoken/draft';
 *
 * const drafter = cascade({ drafters: [promptLookup(), recycling()], minimumConfidence: 0.6 });
 * const session = drafter.open(Int32Array.of(5, 6, 7, 8, 5, 6));
 * const tree = await session.propose({ depth: 2, width: 1, nodes: 2, minimumConfidence: 0 });
 * console.log(tree?.tokens); // Int32Array [7, 8]
 * session.close();
 * ```
 */
export function cascade(options: CascadeOptions): Drafter {
  const { minimumConfidence = 0.5, merge = true, name = 'cascade', onError } = options;
  const drafters = [...options.drafters];
  const names = drafters.map((drafter) => drafter.name);
  if (drafters.length === 0) throw new InvalidArgumentError('drafters must hold at least one drafter, but is empty.');
  if (new Set(names).size < names.length) {
    throw new InvalidArgumentError(`drafters must have different names, but they are: ${names.join(', ')}.`, { names });
  }
  requireFraction('minimumConfidence', minimumConfidence);
  requireName(name);
  return {
    name,
    costly: drafters.some(({ costly }) => costly === true),
    open: (prompt, target) => new CascadeSession({ drafters, minimumConfidence, merge, onError }, prompt, target),
  };
}

type CascadeParts = Required<Pick<CascadeOptions, 'drafters' | 'minimumConfidence' | 'merge'>> & {
  readonly onError: CascadeOptions['onError'] | undefined;
};

/** A drafter that works so far. */
interface Member {
  readonly name: string;
  readonly session: DraftSession;
}

class CascadeSession implements DraftSession {
  readonly #parts: CascadeParts;
  #members: Member[] | undefined = [];
  #lastFailure: unknown;

  constructor(parts: CascadeParts, prompt: Int32Array, target: DraftTarget | undefined) {
    this.#parts = parts;
    for (const drafter of parts.drafters) {
      try {
        this.#members?.push({ name: drafter.name, session: drafter.open(prompt, target) });
      } catch (error) {
        this.#report(error, drafter.name);
      }
    }
    this.#working();
  }

  async propose(budget: DraftBudget): Promise<DraftTree | undefined> {
    const waiting = [...this.#working()];
    const passed: DraftTree[] = [];
    let taken: DraftTree | undefined;
    while (taken === undefined && waiting.length > 0) {
      const tree = await this.#ask(waiting.shift(), budget);
      if (tree === undefined) continue;
      if (confidenceOf(tree) >= this.#parts.minimumConfidence) taken = tree;
      else passed.push(tree);
    }
    taken ??= mostConfident(passed);
    if (taken === undefined) {
      // Only to throw when the last members failed just now.
      this.#working();
      return undefined;
    }
    return this.#merge(taken, passed, waiting, budget);
  }

  observe(accepted: Int32Array, round?: ScoredRound): void {
    for (const member of [...this.#working()]) {
      try {
        member.session.observe(accepted, round);
      } catch (error) {
        this.#drop(member, error);
      }
    }
    this.#working();
  }

  close(): void {
    const members = this.#members ?? [];
    this.#members = undefined;
    const failures: unknown[] = [];
    for (const { session } of members) {
      try {
        session.close();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  async #ask(member: Member | undefined, budget: DraftBudget): Promise<DraftTree | undefined> {
    if (member === undefined) return undefined;
    try {
      const tree = await member.session.propose(budget);
      if (tree === undefined || tree.tokens.length === 0) return undefined;
      requireParentsFirst(tree);
      return tree;
    } catch (error) {
      this.#drop(member, error);
      return undefined;
    }
  }

  async #merge(
    taken: DraftTree,
    passed: readonly DraftTree[],
    waiting: readonly Member[],
    budget: DraftBudget,
  ): Promise<DraftTree> {
    // A chain has no room beside it, so nobody else is asked.
    if (!this.#parts.merge || budget.width < 2 || taken.proposals !== undefined) return taken;
    let merged = taken;
    for (const tree of passed) if (isFree(merged, budget)) merged = mergeInto(merged, tree, budget);
    for (const member of waiting) {
      if (!isFree(merged, budget)) break;
      const tree = await this.#ask(member, budget);
      if (tree !== undefined) merged = mergeInto(merged, tree, budget);
    }
    return merged;
  }

  #drop(member: Member, error: unknown): void {
    const members = this.#members;
    if (members === undefined || !members.includes(member)) return;
    this.#members = members.filter((other) => other !== member);
    try {
      member.session.close();
    } catch {
      // It failed already, which is reported below; that it can't tidy up tells nothing new.
    }
    this.#report(error, member.name);
  }

  #report(error: unknown, name: string): void {
    this.#lastFailure = error;
    this.#parts.onError?.(error, name);
  }

  /** The members that have not failed. Throws when none is left, or the session is closed. */
  #working(): readonly Member[] {
    if (this.#members === undefined) throw new DraftSessionClosedError();
    if (this.#members.length > 0) return this.#members;
    throw new CascadeFailedError(
      this.#parts.drafters.map(({ name }) => name),
      this.#lastFailure,
    );
  }
}

/** A tree that can be merged; what else may be wrong with one shows when the cascade's own tree is checked. */
function requireParentsFirst({ tokens, parents }: DraftTree): void {
  for (const node of tokens.keys()) {
    const parent = parents[node] ?? -2;
    if (!(parent >= -1 && parent < node)) throw new InvalidMemberTreeError(node, parent);
  }
}

function isFree({ tokens }: DraftTree, budget: DraftBudget): boolean {
  return tokens.length < budget.nodes;
}

function mergeInto(tree: DraftTree, other: DraftTree, budget: DraftBudget): DraftTree {
  return other.proposals === undefined ? mergeTrees(tree, other, budget) : tree;
}

/** The greatest confidence among a tree's first nodes; 1 for a tree without confidences. */
function confidenceOf({ parents, confidences }: DraftTree): number {
  if (confidences === undefined) return 1;
  let greatest = 0;
  for (const [node, parent] of parents.entries()) {
    if (parent === -1) greatest = Math.max(greatest, confidences[node] ?? 0);
  }
  return greatest;
}

function mostConfident(trees: readonly DraftTree[]): DraftTree | undefined {
  let best: DraftTree | undefined;
  for (const tree of trees) if (best === undefined || confidenceOf(tree) > confidenceOf(best)) best = tree;
  return best;
}
