import type {
  DraftAsk,
  DraftController,
  DrafterProposal,
  DraftPlan,
  GatherPlan,
  RoundSituation,
  WeighedTree,
} from '../contracts/draft-controller.js';
import type { DraftTree } from '../contracts/draft-tree.js';
import type { FallbackCause } from '../contracts/generation-event.js';
import type { LanguageModel, Sequence } from '../contracts/language-model.js';
import { InvalidArgumentError } from '../errors.js';
import { fitPlan } from './draft-plan.js';
import type { DrafterPool, PoolProposal } from './drafter-pool.js';

/** Who decides on guesses and makes them. */
export interface DraftingParts {
  readonly model: Pick<LanguageModel, 'contextLength' | 'vocabularySize'>;
  readonly drafters: DrafterPool;
  readonly controller: DraftController;
  /** Milliseconds from any fixed point. */
  readonly now: () => number;
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
  /** Guesses that it may have scored, so that others wait no longer for it. @default as many as there is room for */
  readonly mostGuesses?: number | undefined;
}

/** Where a round starts from. */
export interface DraftingPlace extends RoundShare {
  readonly sequence: Sequence;
  /** Tokens that may still be emitted. */
  readonly remainingTokens: number;
  /** All tokens so far, should a drafter's session have to be opened. */
  readonly history: () => Int32Array;
}

/** The proposals of a round's drafters, before it is decided what the target scores. */
export type GatheredGuesses = {
  /** Why there are no guesses, or fewer than planned, if something failed. */
  readonly fallback: FallbackCause | undefined;
  /** What asking the drafters took. */
  readonly milliseconds: number;
} & (
  | { readonly kind: 'decided'; readonly plan: DraftPlan; readonly tree: DraftTree | undefined }
  | {
      readonly kind: 'open';
      readonly plan: GatherPlan;
      readonly weighed: WeighedTree | undefined;
      /** Most nodes that the round has room for. */
      readonly maximumNodes: number;
      /** What it shares with other sequences and has less of than its context would hold. */
      readonly short: 'kv-capacity' | 'load' | undefined;
    }
);

/**
 * Plans a round and asks its drafters. Throws `InvalidArgumentError` for an invalid plan, or one with a drafter that is
 * not available.
 */
export async function gatherGuesses(parts: DraftingParts, place: DraftingPlace): Promise<GatheredGuesses> {
  const { controller, model } = parts;
  const { sequence, remainingTokens, freePositions, mostGuesses } = place;
  const plan = controller.plan(situationOf(parts, place));
  const room = model.contextLength - sequence.length;
  const positions = Math.min(room, freePositions ?? room);
  if (plan.kind === 'standard') return { kind: 'decided', plan, tree: undefined, fallback: undefined, milliseconds: 0 };
  if (plan.kind === 'gather') {
    const gathered = await gather(parts, plan, { ...place, freePositions: room });
    const maximumNodes = Math.max(0, Math.min(positions - 1, mostGuesses ?? room));
    const short = maximumNodes < positions - 1 ? 'load' : positions < room ? 'kv-capacity' : undefined;
    return { ...gathered, kind: 'open', plan, maximumNodes, short };
  }
  const own = fitAsk(parts, plan, { remainingTokens, freePositions: room });
  const fitted = fitPlan(own, { remainingTokens, freePositions: positions });
  const isShort = own.kind === 'speculate' && (fitted.kind === 'standard' || fitted.nodes < own.nodes);
  const fallback = isShort ? 'kv-capacity' : undefined;
  if (fitted.kind === 'standard') return { kind: 'decided', plan: fitted, tree: undefined, fallback, milliseconds: 0 };
  const shared = { ...fitted, nodes: Math.min(fitted.nodes, mostGuesses ?? fitted.nodes) };
  if (shared.nodes < 1) {
    return { kind: 'decided', plan: { kind: 'standard', reason: 'load' }, tree: undefined, fallback, milliseconds: 0 };
  }
  const answer = await ask(parts, shared, place);
  if (answer.fallback === 'drafter-resting') return { kind: 'decided', ...answer, plan: { kind: 'standard' } };
  return { kind: 'decided', ...answer, plan: shared, fallback: answer.fallback ?? fallback };
}

/** What the controller is told of a round that starts here. */
export function situationOf(
  { drafters }: Pick<DraftingParts, 'drafters'>,
  { sequence, remainingTokens, activeSequences, otherTokens, promptTokens }: Omit<DraftingPlace, 'history'>,
): RoundSituation {
  return {
    drafters: drafters.names,
    costlyDrafters: drafters.costly,
    contextLength: sequence.length,
    remainingTokens,
    activeSequences,
    otherTokens,
    promptTokens,
  };
}

type Gathered = Pick<Extract<GatheredGuesses, { kind: 'open' }>, 'weighed' | 'fallback' | 'milliseconds'>;

async function gather(
  parts: DraftingParts,
  plan: GatherPlan,
  place: Required<Pick<DraftingPlace, 'freePositions'>> & DraftingPlace,
): Promise<Gathered> {
  const proposals: DrafterProposal[] = [];
  let fallback: FallbackCause | undefined;
  let milliseconds = 0;
  const askFor = async (request: DraftAsk): Promise<void> => {
    const fitted = fitAsk(parts, { kind: 'speculate', ...request }, place);
    if (fitted.kind === 'standard') return;
    const answer = await ask(parts, fitted, place);
    milliseconds += answer.milliseconds;
    fallback = answer.fallback ?? fallback;
    proposals.push({ drafter: request.drafter, tree: answer.tree, milliseconds: answer.milliseconds });
  };
  for (const request of plan.asks) await askFor(request);
  const more = plan.askMore(proposals);
  if (more !== undefined) await askFor(more);
  return { weighed: plan.weigh(proposals), fallback, milliseconds };
}

interface Answer extends PoolProposal {
  readonly milliseconds: number;
}

async function ask({ drafters, now }: DraftingParts, request: DraftAsk, place: DraftingPlace): Promise<Answer> {
  if (drafters.isResting(request.drafter)) return { tree: undefined, fallback: 'drafter-resting', milliseconds: 0 };
  const started = now();
  const proposal = await drafters.propose(request.drafter, request, place.history, { sequence: place.sequence });
  return { ...proposal, milliseconds: now() - started };
}

function fitAsk(
  { controller, drafters: { names } }: DraftingParts,
  plan: Extract<DraftPlan, { kind: 'speculate' }>,
  limits: { readonly remainingTokens: number; readonly freePositions: number },
): DraftPlan {
  if (names.includes(plan.drafter)) return fitPlan(plan, limits);
  const known = names.join(', ') || 'none';
  throw new InvalidArgumentError(
    `Controller "${controller.name}" planned drafter "${plan.drafter}", but the decoder has: ${known}.`,
    { drafter: plan.drafter, drafters: names },
  );
}
