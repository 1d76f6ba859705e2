import type { ForwardInput, ForwardOutput, LanguageModel } from '../contracts/language-model.js';
import type { ConcludedRound } from '../decoding/generation.js';
import type { GatheredGuesses } from '../decoding/propose-guesses.js';
import { type RoundDraft, settleGuesses } from '../decoding/settle-guesses.js';
import { firstNodes } from '../decoding/subtree.js';
import { ForetokenError } from '../errors.js';
import type { EngineTask } from './engine-task.js';
import { ForwardFailedError } from './errors.js';
import type { RoundLoad } from './round-price.js';
import type { RoundWork } from './schedule.js';
import { settleWithin, TreePreparation } from './tree-preparation.js';

/** What a forward scored and took. */
export interface ForwardCost extends RoundLoad {
  /** Those of them that were pieces of prompts. */
  readonly promptTokens: number;
  readonly milliseconds: number;
}

/** What a round needs of the engine. */
export interface RoundContext {
  readonly model: LanguageModel;
  readonly now: () => number;
  /** Guesses want so many tokens of the KV cache in the coming forward. */
  readonly onGuesses: (tokens: number) => void;
  /** Also of a forward that failed. */
  readonly onForward: (forward: ForwardCost) => void;
  readonly onRound: (task: EngineTask, round: ConcludedRound) => void;
  /** `discard`: what the request has in the KV cache can't be relied on. */
  readonly onFailure: (task: EngineTask, error: unknown, kv: 'keep' | 'discard') => void;
}

/** One sequence's part of a forward. */
type Part =
  | { readonly kind: 'prefill'; readonly task: EngineTask; tokens: number }
  | { readonly kind: 'round'; readonly task: EngineTask; readonly draft: RoundDraft; tree: RoundDraft['tree'] };

/** Milliseconds that a round waits for what its requests prepare, such as masks of constraints: they mostly take fewer than 5. */
const PREPARATION_TIME = 10;

/**
 * One round of all sequences: each drafts, one forward scores everything, then each is judged, before the next forward
 * makes the scores stale. A request that fails, fails alone; only a failing forward takes all that are in it along.
 */
export async function runRound(work: RoundWork, context: RoundContext): Promise<void> {
  const { model, now } = context;
  const drafted = await draftAll(work, context);
  const prefills = [...work.prefills].map(([task, tokens]): Part => ({ kind: 'prefill', task, tokens }));
  const parts = [...drafted, ...prefills].filter(({ task }) => task.leaving === undefined);
  if (parts.length === 0) return;
  context.onGuesses(parts.reduce((sum, part) => sum + (part.kind === 'round' ? nodesOf(part) : 0), 0));
  const started = now();
  const forwarded = await forward(model, parts).then(
    (output) => ({ output }),
    (error: unknown) => ({ error }),
  );
  const cost = costOf(parts, now() - started);
  context.onForward(cost);
  if ('error' in forwarded) {
    const failure = new ForwardFailedError(parts.length, forwarded.error);
    for (const { task } of parts) context.onFailure(task, failure, 'discard');
    return;
  }
  const { output } = forwarded;
  const { rows: forwardTokens, promptTokens, milliseconds } = cost;
  for (const [index, part] of parts.entries()) {
    const { task } = part;
    if (task.leaving !== undefined) continue;
    try {
      const scores = output.scores[index];
      if (scores === undefined)
        throw new ForetokenError('The model gave no scores for an input.', { code: 'no-scores' });
      if (part.kind === 'prefill') task.generation.keepPrefill(part.tokens);
      else {
        const shared = { activeSequences: parts.length, forwardTokens, promptTokens, milliseconds };
        const scored = { scores, tree: part.tree, ...shared };
        context.onRound(task, task.generation.conclude(part.draft, scored));
      }
    } catch (error) {
      context.onFailure(task, error, 'discard');
    }
  }
}

/** Guesses for all, of those that are prepared in time. */
async function draftAll(work: RoundWork, context: RoundContext): Promise<Part[]> {
  const { late, fresh } = await proposeAll(work, context);
  await settleWithin(
    fresh.flatMap(({ preparation }) => preparation ?? []),
    PREPARATION_TIME,
  );
  const parts: Part[] = [...late];
  for (const { task, draft: proposed, preparation } of fresh) {
    // It must not hold up the others: it is in a later round.
    if (preparation?.ready === false) {
      task.waitFor(preparation);
      continue;
    }
    try {
      const draft = preparation?.take() ?? proposed;
      parts.push({ kind: 'round', task, draft, tree: draft.tree });
    } catch (error) {
      context.onFailure(task, error, 'keep');
    }
  }
  return parts;
}

/** What a sequence brings to a round; `preparation` where its request has something to prepare for it. */
interface Proposal {
  readonly task: EngineTask;
  readonly draft: RoundDraft;
  readonly preparation: TreePreparation | undefined;
}

/**
 * One after the other: drafters may share a model, whose forwards make each other's scores stale. `late`: guesses of an
 * earlier round that are prepared by now.
 */
async function proposeAll(
  { decoders, prefills, readTokens, mostGuesses, spareTokens }: RoundWork,
  context: RoundContext,
): Promise<{ readonly late: readonly Extract<Part, { kind: 'round' }>[]; readonly fresh: readonly Proposal[] }> {
  const late: Extract<Part, { kind: 'round' }>[] = [];
  const gathered: { readonly task: EngineTask; readonly guesses: GatheredGuesses }[] = [];
  const activeSequences = decoders.length + prefills.size;
  let spare = spareTokens;
  let unread = readTokens;
  const promptTokens = [...prefills.values()].reduce((sum, tokens) => sum + tokens, 0);
  let others = promptTokens + decoders.length - 1;
  for (const [index, task] of decoders.entries()) {
    if (task.leaving !== undefined) continue;
    try {
      const freePositions = 1 + Math.floor(spare / (decoders.length - index));
      const most = mostGuesses.get(task);
      const prepared = task.takePreparation();
      if (prepared !== undefined) {
        const draft = prepared.take();
        const tree = atMost(draft.tree, Math.min(freePositions - 1, most ?? freePositions));
        spare -= tree?.tokens.length ?? 0;
        others += tree?.tokens.length ?? 0;
        late.push({ kind: 'round', task, draft, tree });
        continue;
      }
      const share = { activeSequences, otherTokens: others, promptTokens, freePositions };
      const { read, left } = await task.generation.readAhead(share, unread);
      unread -= read;
      if (left > 0) continue;
      const guesses = await task.generation.gather({ ...share, mostGuesses: most });
      const nodes = nodesWanted(guesses);
      spare -= nodes;
      if (guesses.kind === 'decided') others += nodes;
      gathered.push({ task, guesses });
    } catch (error) {
      context.onFailure(task, error, 'keep');
    }
  }
  const drafts = settleGuesses(
    gathered.map(({ guesses }) => guesses),
    promptTokens + late.reduce((sum, part) => sum + tokensOf(part), 0),
  );
  const fresh = gathered.flatMap(({ task }, index): Proposal[] => {
    const draft = drafts[index];
    if (draft === undefined || task.leaving !== undefined) return [];
    const preparing = task.generation.prepare(draft);
    return [{ task, draft, preparation: preparing && new TreePreparation(preparing) }];
  });
  return { late, fresh };
}

/** Guesses of an earlier round were planned for the room that there was then. */
function atMost(tree: RoundDraft['tree'], nodes: number): RoundDraft['tree'] {
  return tree !== undefined && tree.tokens.length > nodes ? firstNodes(tree, nodes) : tree;
}

/** Nodes that a sequence may come to have in the forward. */
function nodesWanted(guesses: GatheredGuesses): number {
  if (guesses.kind === 'decided') return guesses.tree?.tokens.length ?? 0;
  return Math.min(guesses.maximumNodes, guesses.weighed?.tree.tokens.length ?? 0);
}

/** A model that has less room than the engine knows of gets smaller trees, then shorter pieces of prompts. */
async function forward(model: LanguageModel, parts: readonly Part[]): Promise<ForwardOutput> {
  for (;;) {
    try {
      return await model.forward(parts.map(inputOf));
    } catch (error) {
      const noRoom = error instanceof ForetokenError && error.code === 'kv-capacity';
      if (!noRoom || !shrink(parts)) throw error;
    }
  }
}

function shrink(parts: readonly Part[]): boolean {
  const guessing = parts.some((part) => part.kind === 'round' && part.tree !== undefined);
  let shrunk = false;
  for (const part of parts) {
    if (part.kind === 'round') {
      if (part.tree !== undefined) part.tree = firstNodes(part.tree, part.tree.tokens.length >> 1);
      shrunk ||= guessing;
    } else if (!guessing && part.tokens > 1) {
      part.tokens >>= 1;
      shrunk = true;
    }
  }
  return shrunk;
}

function costOf(parts: readonly Part[], milliseconds: number): ForwardCost {
  const rows = parts.reduce((sum, part) => sum + tokensOf(part), 0);
  const context = parts.reduce((sum, { task }) => sum + task.cached, 0);
  const promptTokens = parts.reduce((sum, part) => sum + (part.kind === 'prefill' ? part.tokens : 0), 0);
  return { rows, sequences: parts.length, context, promptTokens, milliseconds };
}

function inputOf(part: Part): ForwardInput {
  const { generation } = part.task;
  return part.kind === 'round' ? generation.roundInput(part.tree) : generation.prefillInput(part.tokens);
}

function nodesOf({ tree }: Extract<Part, { kind: 'round' }>): number {
  return tree?.tokens.length ?? 0;
}

function tokensOf(part: Part): number {
  return part.kind === 'round' ? 1 + nodesOf(part) : part.tokens;
}
