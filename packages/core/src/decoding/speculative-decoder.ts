import type { DraftController } from '../contracts/draft-controller.js';
import type { Drafter } from '../contracts/drafter.js';
import type { LanguageModel } from '../contracts/language-model.js';
import type { TokenEvent } from '../contracts/token-event.js';
import type { Verifier } from '../contracts/verifier.js';
import { InvalidArgumentError } from '../errors.js';
import { type DrafterErrorListener, DrafterPool } from './drafter-pool.js';
import { Generation } from './generation.js';
import { type CheckedRequest, checkRequest, type GenerationRequest } from './generation-request.js';

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

/** Far above what a useful drafter takes, so that only one that hangs is given up on. */
const DEFAULT_DRAFTER_TIMEOUT = 5000;
/** The longest that a timer of Node.js can wait. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;

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

  constructor(options: SpeculativeDecoderOptions) {
    const { drafterTimeout } = options;
    if (drafterTimeout !== undefined && !(drafterTimeout > 0 && drafterTimeout <= LONGEST_TIMEOUT)) {
      throw new InvalidArgumentError(
        `drafterTimeout must be above 0 and at most ${LONGEST_TIMEOUT} ms, but is ${drafterTimeout}.`,
        { drafterTimeout },
      );
    }
    this.#options = options;
    this.#drafterNames = (options.drafters ?? []).map(({ name }) => name);
    const twice = this.#drafterNames.find((name, i) => this.#drafterNames.indexOf(name) !== i);
    if (twice !== undefined) {
      throw new InvalidArgumentError(
        `Two drafters are named "${twice}". A controller must be able to tell them apart.`,
        {
          drafters: this.#drafterNames,
        },
      );
    }
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
      const parts = { request, model, sequence, drafters, drafterNames: this.#drafterNames, verifier, now };
      yield* new Generation({ ...parts, controller: controller() }).events();
    } finally {
      drafters.close();
      sequence.close();
    }
  }
}
