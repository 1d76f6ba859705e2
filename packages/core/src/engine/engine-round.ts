import type { ForwardInput, ForwardOutput, LanguageModel } from '../contracts/language-model.js';
import type { RoundToken } from '../decoding/generation.js';
import type { GatheredGuesses } from '../decoding/propose-guesses.js';
import { firstNodes } from '../decoding/round-input.js';
import { type RoundDraft, settleGuesses } from '../decoding/settle-guesses.js';
import { ForetokenError } from '../errors.js';
import type { EngineTask } from './engine-task.js';
import { ForwardFailedError } from './errors.js';
import type { RoundWork } from './schedule.js';

/** What a forward scored and took. */
export interface ForwardCost {
  /** Of all sequences. */
  readonly tokens: number;
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
  readonly onTokens: (task: EngineTask, tokens: readonly RoundToken[]) => void;
  /** `discard`: what the request has in the KV cache can't be relied on. */
  readonly onFailure: (task: EngineTask, error: unknown, kv: 'keep' | 'discard') => void;
}

/** One sequence's part of a forward. */
type Part =
  | { readonly kind: 'prefill'; readonly task: EngineTask; tokens: number }
  | { readonly kind: 'round'; readonly task: EngineTask; readonly draft: RoundDraft; tree: RoundDraft['tree'] };

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
  let output: ForwardOutput;
  try {
    output = await forward(model, parts);
  } catch (error) {
    for (const { task } of parts) context.onFailure(task, new ForwardFailedError(parts.length, error), 'discard');
    return;
  } finally {
    context.onForward(costOf(parts, now() - started));
  }
  const { tokens: forwardTokens, promptTokens, milliseconds } = costOf(parts, now() - started);
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
        context.onTokens(task, task.generation.conclude(part.draft, scored));
      }
    } catch (error) {
      context.onFailure(task, error, 'discard');
    }
  }
}

/** One after the other: drafters may share a model, whose forwards make each other's scores stale. */
async function draftAll({ decoders, prefills, spareTokens }: RoundWork, context: RoundContext): Promise<Part[]> {
  const gathered: { readonly task: EngineTask; readonly guesses: GatheredGuesses }[] = [];
  const activeSequences = decoders.length + prefills.size;
  let spare = spareTokens;
  const promptTokens = [...prefills.values()].reduce((sum, tokens) => sum + tokens, 0);
  let others = promptTokens + decoders.length - 1;
  for (const [index, task] of decoders.entries()) {
    if (task.leaving !== undefined) continue;
    try {
      const freePositions = 1 + Math.floor(spare / (decoders.length - index));
      const guesses = await task.generation.gather({
        activeSequences,
        otherTokens: others,
        promptTokens,
        freePositions,
      });
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
    promptTokens,
  );
  const parts: Part[] = [];
  for (const [index, { task }] of gathered.entries()) {
    const settled = drafts[index];
    if (settled === undefined || task.leaving !== undefined) continue;
    try {
      const draft = await task.generation.prepare(settled);
      parts.push({ kind: 'round', task, draft, tree: draft.tree });
    } catch (error) {
      context.onFailure(task, error, 'keep');
    }
  }
  return parts;
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
  const tokens = parts.reduce((sum, part) => sum + tokensOf(part), 0);
  const promptTokens = parts.reduce((sum, part) => sum + (part.kind === 'prefill' ? part.tokens : 0), 0);
  return { tokens, promptTokens, milliseconds };
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
