import type { DraftController, DraftPlan } from '../contracts/draft-controller.js';
import type { DraftTree } from '../contracts/draft-tree.js';
import type { LanguageModel, Sequence } from '../contracts/language-model.js';
import type { TokenId } from '../contracts/token.js';
import type { DecodingRound, FallbackCause, FinishReason, TokenEvent } from '../contracts/token-event.js';
import type { Verdict, Verifier } from '../contracts/verifier.js';
import { InvalidArgumentError } from '../errors.js';
import { depthOutcomes } from './depth-outcomes.js';
import { fitPlan } from './draft-plan.js';
import type { DrafterPool } from './drafter-pool.js';
import type { CheckedRequest } from './generation-request.js';
import { type OutputToken, OutputTracker } from './output-tracker.js';
import { type ScoredTree, scoreTree } from './score-tree.js';
import { countRound, emptyStatistics, type RunningStatistics } from './statistics.js';
import { TokenHistory } from './token-history.js';
import { validateVerdict } from './validate-verdict.js';

/** What a generation works with. */
export interface GenerationParts {
  readonly request: CheckedRequest;
  readonly model: LanguageModel;
  readonly sequence: Sequence;
  readonly drafters: DrafterPool;
  readonly drafterNames: readonly string[];
  readonly verifier: Verifier;
  readonly controller: DraftController;
  /** Milliseconds from any fixed point. */
  readonly now: () => number;
}

/** A round's tokens, ready to be emitted. */
interface RoundOutput {
  readonly outputs: readonly OutputToken[];
  readonly accepted: number;
}

/** What a round set out with. */
interface RoundDraft {
  readonly plan: DraftPlan;
  readonly tree: DraftTree | undefined;
  /** Why there are no guesses, or fewer than planned, if something failed. */
  readonly fallback: FallbackCause | undefined;
}

/** One run of the loop: prefill, then rounds of plan, draft, forward, verify, commit, learn until something ends it. */
export class Generation {
  readonly #parts: GenerationParts;
  readonly #history: TokenHistory;
  readonly #output: OutputTracker;
  readonly #statistics: RunningStatistics;

  constructor(parts: GenerationParts) {
    const { prompt, limit, endTokens, stop, detokenizer } = parts.request;
    this.#parts = parts;
    this.#history = new TokenHistory(prompt, limit);
    this.#output = new OutputTracker({ tokens: limit, endTokens, stop, detokenizer });
    this.#statistics = emptyStatistics(prompt.length);
  }

  async *events(): AsyncGenerator<TokenEvent, void, undefined> {
    const { now } = this.#parts;
    const { milliseconds } = this.#statistics;
    const started = now();
    await this.#prefill();
    const prefilled = now();
    milliseconds.prefill = prefilled - started;
    while (!this.#aborted) {
      const round = await this.#round();
      if (round === undefined) break;
      for (const [step, { token, text, ends }] of round.outputs.entries()) {
        // The caller may abort on a token of this very round. What was held back belongs to tokens it doesn't want.
        if (step > 0 && this.#aborted) return yield this.#finish('abort', '');
        const origin = step < round.accepted ? 'draft' : 'target';
        const index = this.#statistics.generatedTokens++;
        if (origin === 'draft') this.#statistics.accepted++;
        milliseconds.decode = now() - prefilled;
        yield { kind: 'token', token: token as TokenId, index, text, origin };
        if (ends !== undefined) return yield this.#end(ends);
      }
    }
    yield this.#end('abort');
  }

  get #aborted(): boolean {
    return this.#parts.request.signal?.aborted ?? false;
  }

  /** Fills the KV cache with all but the last prompt token, which is the root of the first round. */
  async #prefill(): Promise<void> {
    const { model, sequence, request } = this.#parts;
    const { prompt, prefillChunk } = request;
    for (let start = 0; start < prompt.length - 1 && !this.#aborted; start += prefillChunk) {
      const tokens = prompt.slice(start, Math.min(start + prefillChunk, prompt.length - 1));
      await model.forward([{ sequence, tokens, want: 'none' }]);
      sequence.commit([...tokens.keys()]);
    }
  }

  /** `undefined` when the caller aborted on the way; nothing of such a round is kept. */
  async #round(): Promise<RoundOutput | undefined> {
    const { model, sequence, drafters, now } = this.#parts;
    const started = now();
    drafters.startRound();
    const { plan, tree: proposed, fallback } = await this.#draft();
    if (this.#aborted) return undefined;
    const drafted = now();
    const scored = await scoreTree(model, sequence, this.#history.last, proposed);
    if (this.#aborted) return undefined;
    const { scores, tree } = scored;
    const forwarded = now();
    const outputs: OutputToken[] = [];
    const verdict = this.#parts.verifier.verify({
      tree,
      scores,
      sampler: this.#parts.request.sampler,
      stopsAfter: (token) => {
        const output = this.#output.push(token);
        outputs.push(output);
        return output.ends !== undefined;
      },
    });
    const ended = outputs.at(-1)?.ends !== undefined;
    validateVerdict(
      verdict,
      tree,
      outputs.map(({ token }) => token),
      ended,
    );
    // The last emitted token is never in the cache: it is the root of the next round.
    sequence.commit([0, ...verdict.path.slice(0, verdict.tokens.length - 1).map((node) => node + 1)]);
    const noRoom = (tree?.tokens.length ?? 0) < (proposed?.tokens.length ?? 0);
    this.#learn({ plan, tree: proposed, fallback: noRoom ? 'kv-capacity' : fallback }, scored, verdict, {
      draft: drafted - started,
      forward: forwarded - drafted,
      verify: now() - forwarded,
    });
    return { outputs, accepted: verdict.path.length };
  }

  async #draft(): Promise<RoundDraft> {
    const { drafters, sequence } = this.#parts;
    const plan = this.#plan();
    if (plan.kind === 'standard') return { plan, tree: undefined, fallback: undefined };
    if (drafters.isResting(plan.drafter)) {
      return { plan: { kind: 'standard' }, tree: undefined, fallback: 'drafter-resting' };
    }
    const proposal = await drafters.propose(plan.drafter, plan, () => this.#history.copy(), { sequence });
    return {
      plan,
      tree: proposal.kind === 'tree' ? proposal.tree : undefined,
      fallback: proposal.kind === 'failed' ? proposal.cause : undefined,
    };
  }

  #plan(): DraftPlan {
    const { controller, drafterNames, drafters, model, sequence } = this.#parts;
    const remainingTokens = this.#output.remaining;
    const plan = controller.plan({
      drafters: drafterNames,
      contextLength: sequence.length,
      remainingTokens,
      activeSequences: 1,
    });
    if (plan.kind === 'standard') return plan;
    if (!drafters.has(plan.drafter)) {
      const known = drafterNames.length > 0 ? drafterNames.join(', ') : 'none';
      throw new InvalidArgumentError(
        `Controller "${controller.name}" planned drafter "${plan.drafter}", but the decoder has: ${known}.`,
        { drafter: plan.drafter, drafters: drafterNames },
      );
    }
    return fitPlan(plan, { remainingTokens, freePositions: model.contextLength - sequence.length });
  }

  #learn(
    { plan, fallback }: RoundDraft,
    { scores, tree }: ScoredTree,
    { path, tokens }: Verdict,
    milliseconds: DecodingRound['milliseconds'],
  ): void {
    const { controller, drafters, request, sequence } = this.#parts;
    const root = this.#history.last as TokenId;
    this.#history.append(tokens);
    const { now } = this.#parts;
    const learning = now();
    drafters.observe(tokens, { root, tree, path, scores });
    const round: DecodingRound = {
      index: this.#statistics.rounds,
      plan,
      root,
      tree,
      path,
      tokens,
      drafted: tree?.tokens.length ?? 0,
      accepted: path.length,
      emitted: tokens.length,
      perDepth: depthOutcomes(tree, path),
      // What drafters take to learn from a round is a part of what their guesses cost.
      milliseconds: { ...milliseconds, draft: milliseconds.draft + now() - learning },
      activeSequences: 1,
      contextLength: sequence.length,
      ...(fallback === undefined ? {} : { fallback }),
    };
    countRound(this.#statistics, round);
    controller.observe(round);
    request.onRound?.(round);
  }

  #end(reason: FinishReason): TokenEvent {
    const { text, stopped } = this.#output.finish();
    return this.#finish(stopped && reason === 'length' ? 'stop' : reason, text);
  }

  #finish(reason: FinishReason, text: string): TokenEvent {
    const statistics = structuredClone({ ...this.#statistics, drafterErrors: this.#parts.drafters.errors });
    return { kind: 'finish', reason, text, statistics };
  }
}
