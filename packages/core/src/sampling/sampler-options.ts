import type { TokenConstraint } from '../contracts/sampler.js';
import { InvalidArgumentError } from '../errors.js';

/** How tokens are chosen. Everything is optional; with nothing set the choice is greedy. */
export interface SamplerOptions {
  /** Divides the logits: 0 takes the most probable token, 1 the model's own distribution, more is flatter. In [0, inf). @default 0 */
  readonly temperature?: number;
  /** Keep the k most probable tokens. Integer >= 1. @default no limit */
  readonly topK?: number;
  /** Keep the smallest set of most probable tokens whose probability reaches this (nucleus). In (0, 1]. @default 1 */
  readonly topP?: number;
  /** Keep tokens at least this probable relative to the most probable one. In [0, 1]. @default 0 */
  readonly minP?: number;
  /** Makes tokens of the history and the output less likely: positive logits are divided by it, others multiplied. In (0, inf). @default 1 */
  readonly repetitionPenalty?: number;
  /** How many of the latest tokens `repetitionPenalty` looks at. Integer >= 1, or Infinity. @default Infinity */
  readonly repetitionWindow?: number;
  /** Subtracted from the logit of each token that was generated at least once. In logits. @default 0 */
  readonly presencePenalty?: number;
  /** Subtracted from the logit of a token for each time it was generated. In logits. @default 0 */
  readonly frequencyPenalty?: number;
  /** Added to the logits of these tokens; -Infinity bans a token. In logits. @default none */
  readonly logitBias?: ReadonlyMap<number, number> | Readonly<Record<number, number>>;
  /** Restricts what may come next. The sampler advances it; pass a fork to keep your own. @default none */
  readonly constraint?: TokenConstraint;
  /** Seed of every random choice: same seed, same options, same text. A safe integer. @default 32 bits from the system's generator */
  readonly seed?: number;
  /** Tokens before the output (the prompt) that count for `repetitionPenalty`. Shape [n]. @default none */
  readonly history?: Int32Array | readonly number[];
}

/** Options after validation, with every default filled in. */
export interface SamplingRules {
  readonly temperature: number;
  /** Infinity when there is no limit. */
  readonly topK: number;
  readonly topP: number;
  readonly minP: number;
  readonly repetitionPenalty: number;
  readonly repetitionWindow: number;
  readonly presencePenalty: number;
  readonly frequencyPenalty: number;
  readonly logitBias: readonly (readonly [token: number, bias: number])[];
  readonly seed: number;
}

/** By so much a penalty may divide a logit, or multiply it: beyond that single precision would run out. */
const LEAST_REPETITION_PENALTY = 0.001;
/** Most that biases and penalties add, which is far more than logits differ by. */
const LARGEST_SHIFT = 1_000_000;
const SHIFT = `a number from -${LARGEST_SHIFT} to ${LARGEST_SHIFT}`;

/** Checks every option. Throws `InvalidArgumentError` that names the option and its value. */
export function samplingRules(options: SamplerOptions): SamplingRules {
  const rules: SamplingRules = {
    temperature: options.temperature ?? 0,
    topK: options.topK ?? Number.POSITIVE_INFINITY,
    topP: options.topP ?? 1,
    minP: options.minP ?? 0,
    repetitionPenalty: options.repetitionPenalty ?? 1,
    repetitionWindow: options.repetitionWindow ?? Number.POSITIVE_INFINITY,
    presencePenalty: options.presencePenalty ?? 0,
    frequencyPenalty: options.frequencyPenalty ?? 0,
    logitBias: biasEntries(options.logitBias),
    seed: options.seed ?? systemSeed(),
  };
  const finite = Number.isFinite;
  requireThat('temperature', rules.temperature, finite(rules.temperature) && rules.temperature >= 0, 'a number >= 0');
  requireThat('topK', rules.topK, isCount(rules.topK), 'an integer >= 1');
  requireThat('topP', rules.topP, rules.topP > 0 && rules.topP <= 1, 'a number in (0, 1]');
  requireThat('minP', rules.minP, rules.minP >= 0 && rules.minP <= 1, 'a number in [0, 1]');
  const repetition = rules.repetitionPenalty;
  requireThat(
    'repetitionPenalty',
    repetition,
    repetition >= LEAST_REPETITION_PENALTY && repetition <= 1 / LEAST_REPETITION_PENALTY,
    `a number from ${LEAST_REPETITION_PENALTY} to ${1 / LEAST_REPETITION_PENALTY}`,
  );
  requireThat(
    'repetitionWindow',
    rules.repetitionWindow,
    isCount(rules.repetitionWindow),
    'an integer >= 1 or Infinity',
  );
  requireThat('presencePenalty', rules.presencePenalty, isShift(rules.presencePenalty), SHIFT);
  requireThat('frequencyPenalty', rules.frequencyPenalty, isShift(rules.frequencyPenalty), SHIFT);
  requireThat('seed', rules.seed, Number.isSafeInteger(rules.seed), 'a safe integer');
  return rules;
}

/** What is added to a logit. */
function isShift(value: number): boolean {
  return Math.abs(value) <= LARGEST_SHIFT;
}

function isCount(value: number): boolean {
  return value === Number.POSITIVE_INFINITY || (Number.isInteger(value) && value >= 1);
}

function requireThat(option: string, value: unknown, holds: boolean, expected: string): void {
  if (!holds) {
    throw new InvalidArgumentError(`Sampler option ${option} must be ${expected}, but is ${String(value)}.`, {
      option,
      value,
    });
  }
}

function biasEntries(bias: SamplerOptions['logitBias']): readonly (readonly [number, number])[] {
  if (bias === undefined) return [];
  const entries: [number, number][] =
    bias instanceof Map
      ? [...bias]
      : Object.entries(bias as Readonly<Record<number, number>>).map(([token, value]) => [Number(token), value]);
  for (const [token, value] of entries) {
    requireThat('logitBias', token, Number.isInteger(token) && token >= 0, 'keyed by token ids (integers >= 0)');
    const usable = typeof value === 'number' && (isShift(value) || value === Number.NEGATIVE_INFINITY);
    requireThat('logitBias', value, usable, `${SHIFT} or -Infinity for each token`);
  }
  return entries;
}

function systemSeed(): number {
  return globalThis.crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
}
