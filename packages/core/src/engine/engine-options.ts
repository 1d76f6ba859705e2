import type { LanguageModel } from '../contracts/language-model.js';
import type { Verifier } from '../contracts/verifier.js';
import { checkDrafterTimeout, DEFAULT_DRAFTER_TIMEOUT } from '../decoding/drafter-options.js';
import type { DrafterErrorListener } from '../decoding/drafter-pool.js';
import { InvalidArgumentError } from '../errors.js';

/** Options of an engine. */
export interface EngineOptions {
  /** The target model. Only the engine may run its forward passes while it is in use. Not closed by the engine. */
  readonly model: LanguageModel;
  /** Verifies the guesses of all requests. */
  readonly verifier: Verifier;
  /** Sequences decoded at a time; the model needs as many slots. Integer >= 1. */
  readonly sequences: number;
  /**
   * Slots of the model that the engine may use. With more than `sequences`, KV entries of finished and of preempted
   * requests can be kept while all sequences decode. Integer >= `sequences`.
   * @default sequences
   */
  readonly slots?: number;
  /** Requests that may wait for a place. Integer >= 0. @default 64 */
  readonly queue?: number;
  /**
   * Tokens that running requests may have in the KV cache together. A single request may have no more either, as if the
   * context were that long. Integer >= 2. @default sequences x contextLength
   */
  readonly kvTokens?: number;
  /**
   * Most prompt tokens scored in one forward while others decode: a higher value speeds up the prefill, a lower one
   * makes the streams of the others more even. 512 when no request decodes. Fewer if they would take longer than about
   * 0.2 s, as the engine estimates. Integer >= 1. @default 32
   */
  readonly prefillTokens?: number;
  /**
   * Longest time in milliseconds that a drafter may take for one proposal; then the round continues without guesses and
   * the drafter is not asked for some rounds. Work that blocks the thread can't be interrupted by it. Above 0. @default
   * 5000
   */
  readonly drafterTimeout?: number;
  /**
   * Called for the first failure of each drafter in a request; the request itself continues. Must not throw. @default
   * nothing
   */
  readonly onDrafterError?: DrafterErrorListener;
  /** Milliseconds from any fixed point. @default performance.now */
  readonly now?: () => number;
}

/** Options that were checked, with their defaults filled in. */
export interface EngineSettings extends Required<Omit<EngineOptions, 'onDrafterError'>> {
  readonly onDrafterError: DrafterErrorListener | undefined;
  /** Tokens that one request can have: what the context holds, or `kvTokens` where that is less. */
  readonly contextLength: number;
}

const DEFAULT_QUEUE = 64;
/**
 * A forward of 32 tokens costs about twice one of 16 on a CPU, and a whole round with it stays below 100 ms for the
 * 135M model on two cores: streams go on without a visible stop. A third of the speed of reading is lost to it.
 */
const DEFAULT_PREFILL_TOKENS = 32;

/** Throws `InvalidArgumentError` for a value out of range. */
export function checkEngineOptions(options: EngineOptions): EngineSettings {
  const { model, verifier, sequences, queue = DEFAULT_QUEUE, onDrafterError } = options;
  const { prefillTokens = DEFAULT_PREFILL_TOKENS, drafterTimeout = DEFAULT_DRAFTER_TIMEOUT } = options;
  const { kvTokens = sequences * model.contextLength, slots = sequences, now = () => performance.now() } = options;
  atLeast(1, { sequences });
  atLeast(sequences, { slots });
  atLeast(0, { queue });
  atLeast(2, { kvTokens });
  atLeast(1, { prefillTokens });
  return {
    model,
    verifier,
    sequences,
    slots,
    queue,
    kvTokens,
    contextLength: Math.min(kvTokens, model.contextLength),
    prefillTokens,
    drafterTimeout: checkDrafterTimeout(drafterTimeout),
    onDrafterError,
    now,
  };
}

function atLeast(least: number, option: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(option)) {
    if (Number.isInteger(value) && value >= least) continue;
    throw new InvalidArgumentError(`${name} must be an integer >= ${least}, but is ${value}.`, option);
  }
}
