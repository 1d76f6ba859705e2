import type { DraftController } from '../contracts/draft-controller.js';
import type { Drafter } from '../contracts/drafter.js';
import type { LanguageModel } from '../contracts/language-model.js';
import type { TokenEvent } from '../contracts/token-event.js';
import type { Verifier } from '../contracts/verifier.js';
import { checkDrafterTimeout, DEFAULT_DRAFTER_TIMEOUT, drafterNames } from './drafter-options.js';
import { type DrafterErrorListener, DrafterPool } from './drafter-pool.js';
import { Generation, type RoundToken } from './generation.js';
import { type CheckedRequest, checkRequest, type GenerationRequest } from './generation-request.js';
import { PrefillPace } from './prefill-pace.js';
import { scoreTree } from './score-tree.js';
import { settleGuesses } from './settle-guesses.js';

/** What a decoder is made of. */
export interface SpeculativeDecoderOptions {
  /** The target: its choices are the output. */
  readonly model: LanguageModel;
  /** Guess what the target will choose. Names must differ. @default none */
  readonly drafters?: readonly Drafter[];
  /** Judges the guesses. */
  readonly verifier: Verifier;
  /** Makes the controller of one generation. */
  readonly controller: () => DraftController;
  /** Told of the first failure of each drafter in a generation; the generation itself goes on. @default nothing */
  readonly onDrafterError?: DrafterErrorListener;
  /**
   * Longest time in milliseconds that a drafter may take for one proposal; then the round goes on without guesses and
   * the drafter rests. Work that blocks the thread can't be interrupted by it. Above 0. @default 5000
   */
  readonly drafterTimeout?: number;
  /** Milliseconds from any fixed point. @default performance.now */
  readonly now?: () => number;
}

/**
 * Generates tokens for one sequence at a time: plan, draft, forward, verify, commit, learn, and again. Standard
 * decoding is the same loop with the plan `standard`. With a lossless verifier the output does not depend on the
 * drafters or the controller, only the time it takes; watch the rounds through `GenerationRequest.onRound`.
 *
 * Let one generation end before the next one starts on the same model: a forward makes the scores of the one before
 * stale.
 *
 * Throws `InvalidArgumentError` when two drafters share a name or a timeout is none.
 *
 * @example
 * ```ts
 * import { fixed } from '@foretoken/adaptive';
 * import { createSampler, type LanguageModel, SpeculativeDecoder } from '@foretoken/core';
 * import { promptLookup } from '@foretoken/draft';
 * import { exactMatch } from '@foretoken/verifier';
 *
 * async function complete(model: LanguageModel, prompt: Int32Array): Promise<number[]> {
 *   const decoder = new SpeculativeDecoder({
 *     model,
 *     drafters: [promptLookup()],
 *     verifier: exactMatch(),
 *     controller: () => fixed({ drafter: 'lookup', depth: 4 }),
 *   });
 *   const tokens: number[] = [];
 *   for await (const event of decoder.generate({ prompt, sampler: createSampler(), maximumTokens: 48 })) {
 *     if (event.kind === 'token') tokens.push(event.token);
 *   }
 *   return tokens;
 * }
 * ```
 */
export class SpeculativeDecoder {
  readonly #options: SpeculativeDecoderOptions;
  readonly #drafterNames: readonly string[];
  readonly #pace = new PrefillPace();

  constructor(options: SpeculativeDecoderOptions) {
    if (options.drafterTimeout !== undefined) checkDrafterTimeout(options.drafterTimeout);
    this.#options = options;
    this.#drafterNames = drafterNames(options.drafters ?? []);
  }

  /**
   * Yields one event a token, then one `finish`. The sequence opens with the first event asked for and closes, with
   * every draft session, when the iteration ends: at `finish`, by an error, or because the consumer stops.
   *
   * The end token is emitted; nothing after an end token, a stop string or the token limit is. The context counts as
   * a token limit: prompt and output together fill it at most. An abort yields `finish` with the reason `abort`; it
   * is looked for between prefill chunks, between the steps of a round and between tokens.
   * A drafter that throws, takes too long or proposes something that is no tree costs a standard round, never the generation.
   *
   * Throws at once: `EmptyPromptError`, `PromptTooLongError`, `InvalidArgumentError`. Throws while iterating:
   * `KvCapacityError` when no sequence is free or the cache is full, `InvalidLogitsError`, `InvalidVerdictError`, and
   * whatever model, verifier or controller throw.
   */
  generate(request: GenerationRequest): AsyncGenerator<TokenEvent, void, undefined> {
    return this.#run(checkRequest(request, this.#options.model));
  }

  async *#run(request: CheckedRequest): AsyncGenerator<TokenEvent, void, undefined> {
    const { model, verifier, controller, onDrafterError, now = () => performance.now() } = this.#options;
    const { drafterTimeout = DEFAULT_DRAFTER_TIMEOUT } = this.#options;
    const drafters = new DrafterPool({
      drafters: this.#options.drafters ?? [],
      vocabularySize: model.vocabularySize,
      timeout: drafterTimeout,
      onError: onDrafterError,
    });
    const sequence = model.openSequence();
    try {
      const parts = { request, model, drafters, drafterNames: this.#drafterNames, verifier, now };
      const generation = new Generation({ ...parts, controller: controller() });
      generation.occupy(sequence);
      yield* events(generation, { model, prefillChunk: request.prefillChunk, pace: this.#pace, now });
    } finally {
      drafters.close();
      sequence.close();
    }
  }
}

interface Drive {
  readonly model: LanguageModel;
  readonly prefillChunk: number;
  readonly pace: PrefillPace;
  readonly now: () => number;
}

/** Drives one generation from its first forward to its last. */
async function* events(generation: Generation, drive: Drive): AsyncGenerator<TokenEvent, void, undefined> {
  const piece = (): number => Math.min(drive.prefillChunk, drive.pace.tokens);
  while (generation.unprefilled > 0 && !generation.aborted) {
    const input = generation.prefillInput(piece());
    const started = drive.now();
    await drive.model.forward([input]);
    drive.pace.observe(input.tokens.length, drive.now() - started);
    generation.keepPrefill(input.tokens.length);
  }
  while (!generation.aborted) {
    const { left } = await generation.readAhead({ activeSequences: 1 }, piece());
    if (left === 0) break;
  }
  while (!generation.aborted) {
    const tokens = await round(generation, drive);
    if (tokens === undefined) break;
    for (const [step, token] of tokens.entries()) {
      // The caller may abort on a token of this very round. What was held back belongs to tokens it doesn't want.
      if (step > 0 && generation.aborted) return yield generation.finish('abort');
      yield generation.emit(token);
      if (token.ends !== undefined) return yield generation.end(token.ends);
    }
  }
  yield generation.end('abort');
}

/** `undefined` when the caller aborted on the way; nothing of such a round is kept. */
async function round(generation: Generation, { model, now }: Drive): Promise<readonly RoundToken[] | undefined> {
  const [settled] = settleGuesses([await generation.gather({ activeSequences: 1 })], 0);
  if (settled === undefined || generation.aborted) return undefined;
  const draft = (await generation.prepare(settled)) ?? settled;
  if (generation.aborted) return undefined;
  const started = now();
  const { scores, tree } = await scoreTree(model, generation, draft.tree);
  if (generation.aborted) return undefined;
  return generation.conclude(draft, {
    scores,
    tree,
    activeSequences: 1,
    forwardTokens: 1 + (tree?.tokens.length ?? 0),
    promptTokens: 0,
    milliseconds: now() - started,
  });
}
