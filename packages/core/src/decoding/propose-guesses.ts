import type { DraftController, DraftPlan } from '../contracts/draft-controller.js';
import type { DraftTree } from '../contracts/draft-tree.js';
import type { LanguageModel, Sequence } from '../contracts/language-model.js';
import type { FallbackCause } from '../contracts/token-event.js';
import { InvalidArgumentError } from '../errors.js';
import { fitPlan } from './draft-plan.js';
import type { DrafterPool } from './drafter-pool.js';
import type { GenerationRequest } from './generation-request.js';
import { validatePreparedTree } from './validate-draft-tree.js';

/** Who decides on guesses and makes them. */
export interface DraftingParts {
  readonly model: Pick<LanguageModel, 'contextLength' | 'vocabularySize'>;
  readonly drafters: DrafterPool;
  readonly drafterNames: readonly string[];
  readonly controller: DraftController;
}

/** What a round may take of a forward that other sequences share. */
export interface RoundShare {
  readonly activeSequences: number;
  /** Tokens of the others, as far as is known. @default there are no others */
  readonly otherTokens?: number;
  /** Those of them that are pieces of prompts. @default 0 */
  readonly promptTokens?: number;
  /** Tokens that may be added to the KV cache, the root included. @default what the context holds */
  readonly freePositions?: number;
}

/** What a round set out with. */
export interface RoundDraft {
  readonly plan: DraftPlan;
  readonly tree: DraftTree | undefined;
  /** Why there are no guesses, or fewer than planned, if something failed. */
  readonly fallback: FallbackCause | undefined;
  readonly milliseconds: number;
}

/** Where a round starts from. */
export interface DraftingPlace extends RoundShare {
  readonly sequence: Sequence;
  /** Tokens that may still be emitted. */
  readonly remainingTokens: number;
  /** All tokens so far, should a drafter's session have to be opened. */
  readonly history: () => Int32Array;
}

/** A plan that fits, and why it is less than what was planned, if something was short. */
export type FittedPlan = Pick<RoundDraft, 'plan' | 'fallback'>;

/**
 * Asks the planned drafter, and lets the request thin its guesses out. Throws `InvalidDraftTreeError` when the request
 * makes something else than a smaller tree of them.
 */
export async function proposeGuesses(
  parts: DraftingParts,
  { planned, place }: { readonly planned: FittedPlan; readonly place: DraftingPlace },
  prepareTree: GenerationRequest['prepareTree'],
): Promise<Omit<RoundDraft, 'milliseconds'>> {
  const draft = await propose(parts, planned, place);
  if (prepareTree === undefined) return draft;
  const tree = await prepareTree(draft.tree);
  if (tree === undefined || tree.tokens.length === 0) return { ...draft, tree: undefined };
  if (tree !== draft.tree) validatePreparedTree(tree, draft.tree, parts.model.vocabularySize);
  return { ...draft, tree };
}

async function propose(
  { drafters }: DraftingParts,
  { plan, fallback }: FittedPlan,
  { sequence, history }: DraftingPlace,
): Promise<Omit<RoundDraft, 'milliseconds'>> {
  if (plan.kind === 'standard') return { plan, tree: undefined, fallback };
  if (drafters.isResting(plan.drafter)) {
    return { plan: { kind: 'standard' }, tree: undefined, fallback: 'drafter-resting' };
  }
  const proposal = await drafters.propose(plan.drafter, plan, history, { sequence });
  return {
    plan,
    tree: proposal.kind === 'tree' ? proposal.tree : undefined,
    fallback: proposal.kind === 'failed' ? proposal.cause : fallback,
  };
}

/** Asks the controller for a round's plan. Throws `InvalidArgumentError` for a plan that is none. */
export function planRound(
  { controller, drafterNames, drafters, model }: DraftingParts,
  { sequence, remainingTokens, activeSequences, otherTokens, promptTokens, freePositions }: DraftingPlace,
): FittedPlan {
  const plan = controller.plan({
    drafters: drafterNames,
    contextLength: sequence.length,
    remainingTokens,
    activeSequences,
    ...(otherTokens === undefined ? {} : { otherTokens }),
    ...(promptTokens === undefined ? {} : { promptTokens }),
  });
  if (plan.kind === 'standard') return { plan, fallback: undefined };
  if (!drafters.has(plan.drafter)) {
    const known = drafterNames.length > 0 ? drafterNames.join(', ') : 'none';
    throw new InvalidArgumentError(
      `Controller "${controller.name}" planned drafter "${plan.drafter}", but the decoder has: ${known}.`,
      { drafter: plan.drafter, drafters: drafterNames },
    );
  }
  const room = model.contextLength - sequence.length;
  const own = fitPlan(plan, { remainingTokens, freePositions: room });
  if (freePositions === undefined || freePositions >= room) return { plan: own, fallback: undefined };
  const shared = fitPlan(own, { remainingTokens, freePositions });
  const short = own.kind === 'speculate' && (shared.kind === 'standard' || shared.nodes < own.nodes);
  return { plan: shared, fallback: short ? 'kv-capacity' : undefined };
}
