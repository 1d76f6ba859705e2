import type { DecodingStatistics } from '../contracts/decoding-statistics.js';
import type { ReadAhead } from '../contracts/draft-controller.js';
import type { DraftTree } from '../contracts/draft-tree.js';
import type { ReadProgress } from '../contracts/drafter.js';
import type {
  DecodingRound,
  FinishReason,
  GeneratedToken,
  GenerationEvent,
  RoundEvent,
} from '../contracts/generation-event.js';
import type { ForwardInput, Scores, Sequence } from '../contracts/language-model.js';
import { ClosedError } from '../contracts/sequence-errors.js';
import type { TokenId } from '../contracts/token.js';
import type { Verdict, Verifier } from '../contracts/verifier.js';
import { depthOutcomes } from './depth-outcomes.js';
import type { CheckedRequest } from './generation-request.js';
import { type OutputToken, OutputTracker } from './output-tracker.js';
import {
  type DraftingParts,
  type GatheredGuesses,
  gatherGuesses,
  type RoundShare,
  situationOf,
} from './propose-guesses.js';
import { roundInput } from './round-input.js';
import { type RoundDraft, sourcesOf, standardReason } from './settle-guesses.js';
import { addStatistics, NO_STATISTICS, planName, roundStatistics } from './statistics.js';
import { TokenHistory } from './token-history.js';
import { tokenLogprobs } from './token-logprobs.js';
import { validatePreparedTree } from './validate-draft-tree.js';
import { validateVerdict } from './validate-verdict.js';

/** What a generation works with. */
export interface GenerationParts extends DraftingParts {
  readonly request: CheckedRequest;
  readonly verifier: Verifier;
}

/** What a forward brought for one sequence of it. */
export interface RoundScores {
  readonly scores: Scores;
  /** The tree that was scored: the first nodes of the drafted one. */
  readonly tree: DraftTree | undefined;
  readonly activeSequences: number;
  /** Tokens of all sequences. */
  readonly forwardTokens: number;
  /** Those of them that were pieces of prompts. */
  readonly promptTokens: number;
  readonly milliseconds: number;
}

/** What a round came to. */
export interface ConcludedRound {
  readonly event: RoundEvent;
  /** Why generation ends with its last token, if it does. */
  readonly ends: FinishReason | undefined;
}

const NOTHING_TO_READ: ReadProgress = { read: 0, left: 0 };

/**
 * One sequence on its way: prefill, then rounds of plan, draft, forward, verify, commit, learn until something ends it.
 * The engine runs the forward passes, so that one pass can serve many generations. Between rounds a generation can
 * release its sequence of the KV cache and later continue in another one.
 */
export class Generation {
  readonly #parts: GenerationParts;
  /** Prompt and output so far. */
  readonly history: TokenHistory;
  readonly #output: OutputTracker;
  #place: Sequence | undefined;
  /** Of its rounds. */
  #counted = NO_STATISTICS;
  #plan: string | undefined;
  #reusedTokens: number | undefined;
  /** The drafter that reads the text before the next round; `read` when none does, or it has. */
  #ahead: { readonly plan: ReadAhead; tokens: number; milliseconds: number } | 'read' | undefined;
  #startedAt: number | undefined;
  #prefilledAt: number | undefined;
  #emittedAt: number | undefined;

  constructor(parts: GenerationParts) {
    const { prompt, limit } = parts.request;
    this.#parts = parts;
    this.history = new TokenHistory(prompt, limit);
    this.#output = new OutputTracker(parts.request);
  }

  /** Tokens that may still be emitted. */
  get remainingTokens(): number {
    return this.#output.remaining;
  }

  /** What was counted so far. */
  get statistics(): DecodingStatistics {
    const { request, drafters } = this.#parts;
    const [started = 0, prefilled = started, emitted = prefilled] = [
      this.#startedAt,
      this.#prefilledAt,
      this.#emittedAt,
    ];
    return {
      ...this.#counted,
      promptTokens: request.prompt.length,
      reusedPromptTokens: this.#reusedTokens ?? 0,
      drafterErrors: drafters.errors,
      milliseconds: { ...this.#counted.milliseconds, prefill: prefilled - started, decode: emitted - prefilled },
    };
  }

  /** The place in the KV cache. Throws `ClosedError` when there is none. */
  get sequence(): Sequence {
    if (this.#place === undefined) throw new ClosedError('sequence');
    return this.#place;
  }

  /** Tokens that must get into the KV cache before the next round: all but the last, which is the round's root. */
  get unprefilled(): number {
    return this.history.length - 1 - this.sequence.length;
  }

  /** Goes on in a sequence that holds the first tokens of the history, or none. */
  occupy(sequence: Sequence): void {
    this.#place = sequence;
    this.#reusedTokens ??= sequence.length;
    this.#startedAt ??= this.#parts.now();
  }

  /** Gives the sequence back, with nothing pending; draft sessions close and open again when the generation goes on. */
  vacate(): Sequence | undefined {
    const sequence = this.#place;
    this.#place = undefined;
    this.#ahead = undefined;
    this.#parts.drafters.close();
    sequence?.truncate(sequence.length);
    return sequence;
  }

  /** The next tokens for the KV cache, at most so many. */
  prefillInput(tokens: number): ForwardInput {
    const { sequence } = this;
    const end = Math.min(sequence.length + tokens, this.history.length - 1);
    return { sequence, tokens: this.history.slice(sequence.length, end), want: 'none' };
  }

  /** Keeps what the forward of a `prefillInput` brought. */
  keepPrefill(tokens: number): void {
    this.sequence.commit(Array.from({ length: tokens }, (_, i) => i));
  }

  /** Lets the drafter that the controller names read on in the text, at most so many tokens, before there is a round. */
  async readAhead(share: RoundShare, tokens: number): Promise<ReadProgress> {
    const { controller, drafters, now } = this.#parts;
    const { sequence, remainingTokens } = this;
    if (this.#ahead === undefined) {
      const plan = controller.readAhead?.(situationOf(this.#parts, { ...share, sequence, remainingTokens }));
      this.#ahead = plan === undefined ? 'read' : { plan, tokens: 0, milliseconds: 0 };
    }
    const ahead = this.#ahead;
    if (ahead === 'read') return NOTHING_TO_READ;
    const started = now();
    const progress = await drafters.read(ahead.plan.drafter, tokens, () => this.history.slice(), { sequence });
    ahead.tokens += progress?.read ?? 0;
    ahead.milliseconds += now() - started;
    if (progress !== undefined && progress.left > 0) return progress;
    if (progress !== undefined) ahead.plan.done(ahead);
    this.#ahead = 'read';
    return progress ?? NOTHING_TO_READ;
  }

  /** Plans a round and asks its drafters. */
  async gather(share: RoundShare): Promise<GatheredGuesses> {
    const { drafters, now } = this.#parts;
    this.#prefilledAt ??= now();
    drafters.startRound();
    const { sequence, remainingTokens } = this;
    return gatherGuesses(this.#parts, { ...share, sequence, remainingTokens, history: () => this.history.slice() });
  }

  /**
   * Lets the request thin a round's guesses out; `undefined` when it has nothing to say of them. How long that takes is
   * no price of the guesses. Throws `InvalidDraftTreeError` for something else than a smaller tree.
   */
  prepare(draft: RoundDraft): Promise<RoundDraft> | undefined {
    const { prepareTree } = this.#parts.request;
    return prepareTree && this.#prepare(draft, prepareTree);
  }

  async #prepare(draft: RoundDraft, prepareTree: NonNullable<CheckedRequest['prepareTree']>): Promise<RoundDraft> {
    const tree = await prepareTree(draft.tree);
    if (tree === undefined || tree.tokens.length === 0) return { ...draft, tree: undefined, sources: [] };
    if (tree !== draft.tree) validatePreparedTree(tree, draft.tree, this.#parts.model.vocabularySize);
    return { ...draft, tree, sources: sourcesOf(tree, draft) };
  }

  /** What a round asks of the forward. */
  roundInput(tree: DraftTree | undefined): ForwardInput {
    return roundInput(this.sequence, this.history.last, tree);
  }

  /** Judges a round, keeps what was accepted, lets drafter and controller learn from it. Never gives no token. */
  conclude(draft: RoundDraft, scored: RoundScores): ConcludedRound {
    const { verifier, request, model, now } = this.#parts;
    const { scores, tree } = scored;
    const started = now();
    const outputs: OutputToken[] = [];
    const verdict = verifier.verify({
      tree,
      scores,
      sampler: request.sampler,
      stopsAfter: (token) => {
        const output = this.#output.push(token);
        outputs.push(output);
        return output.ends !== undefined;
      },
    });
    const { path, tokens } = verdict;
    const announced = outputs.map(({ token }) => token);
    const ends = outputs.at(-1)?.ends;
    validateVerdict(verdict, { tree, announced, ended: ends !== undefined, vocabularySize: model.vocabularySize });
    const { topLogprobs } = request;
    const generated = outputs.map(({ token, text }, step): GeneratedToken => {
      const origin = step < path.length ? 'draft' : 'target';
      const chosen = { token: token as TokenId, text, origin } as const;
      if (topLogprobs === undefined) return chosen;
      const row = scores.row(step === 0 ? 0 : (path[step - 1] ?? 0) + 1);
      return { ...chosen, logprobs: tokenLogprobs(row, token, topLogprobs) };
    });
    // The last emitted token is never in the cache: it is the root of the next round.
    this.sequence.commit([0, ...path.slice(0, tokens.length - 1).map((node) => node + 1)]);
    const round = this.#learn(draft, scored, verdict, now() - started);
    this.#emittedAt = now();
    const text = generated.map((token) => token.text).join('');
    return { event: { kind: 'round', tokens: generated, text, round }, ends };
  }

  /** The last event, with the text that was held back. */
  end(reason: FinishReason): GenerationEvent {
    const { text, stopped } = this.#output.finish();
    const { statistics } = this;
    return { kind: 'finish', reason: stopped && reason === 'length' ? 'stop' : reason, text, statistics };
  }

  #learn(draft: RoundDraft, scored: RoundScores, { path, tokens }: Verdict, verify: number): DecodingRound {
    const { controller, drafters, now } = this.#parts;
    const { scores, tree, activeSequences, forwardTokens, promptTokens } = scored;
    const root = this.history.last as TokenId;
    this.history.append(tokens);
    const learning = now();
    drafters.observe(tokens, { root, tree, path, scores });
    const noRoom = (tree?.tokens.length ?? 0) < (draft.tree?.tokens.length ?? 0);
    const fallback = noRoom ? 'kv-capacity' : draft.fallback;
    const drafted = tree?.tokens.length ?? 0;
    // The tracker has counted the round's tokens already.
    const remaining = this.remainingTokens + tokens.length;
    const round: DecodingRound = {
      index: this.#counted.rounds,
      plan: draft.plan,
      root,
      tree: tree && shown(tree),
      path,
      tokens,
      sources: draft.sources.slice(0, drafted),
      drafted,
      accepted: path.length,
      emitted: tokens.length,
      perDepth: depthOutcomes(tree, path),
      milliseconds: {
        // What drafters take to learn from a round is a part of what their guesses cost.
        draft: draft.milliseconds + now() - learning,
        forward: scored.milliseconds,
        verify,
      },
      activeSequences,
      forwardTokens,
      promptTokens,
      contextLength: this.sequence.length,
      ...(fallback === undefined ? {} : { fallback }),
      ...(drafted > 0 ? {} : { reason: standardReason({ plan: draft.plan, fallback }, remaining) }),
    };
    const plan = planName(round.plan);
    const planChanges = (this.#plan ?? plan) === plan ? 0 : 1;
    this.#plan = plan;
    this.#counted = addStatistics(this.#counted, { ...roundStatistics(round), planChanges });
    controller.observe(round);
    return round;
  }
}

/** A copy, which may be read after the drafter has reused its arrays, without whole distributions, which would fill memory. */
function shown({ tokens, parents, confidences }: DraftTree): DecodingRound['tree'] {
  return {
    tokens: tokens.slice(),
    parents: parents.slice(),
    ...(confidences ? { confidences: confidences.slice() } : {}),
  };
}
