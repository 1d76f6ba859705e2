import { ARITHMETICS, DEFAULT_ARITHMETIC, withoutUndefined } from '@foretoken/core';
import {
  CONTROLLERS,
  DEFAULT_MAX_TOKENS,
  DEFAULT_MODEL,
  DEVICES,
  DRAFT_MODES,
  EXECUTORS,
  KV_PRECISIONS,
  MAX_DEPTH,
} from '@foretoken/speculation';
import { type Command, Option } from 'commander';
import type { CreateDecoderOptions } from '../decoder/create-decoder.js';
import type { GenerateOptions } from '../decoder/decoder.js';
import type { CommandContext } from './command-context.js';
import { draftMode, finiteNumber, repeatedText, wholeNumber } from './parse-values.js';
import { readInputFile } from './read-prompts-file.js';

/** Values of the flags that every command with a model has. */
export interface ModelFlags
  extends Required<Pick<CreateDecoderOptions, 'model' | 'device'>>,
    Pick<CreateDecoderOptions, 'executor' | 'kvPrecision' | 'arithmetic' | 'contextLength'> {
  readonly verbose?: true;
}

/** A flag of `generate` and `chat` that stands for an option of a generation. */
export type OptionFlag = readonly [
  flag: string,
  option: keyof GenerateOptions,
  help: string,
  values: ((raw: string, before: never) => GenerateOptions[keyof GenerateOptions]) | readonly string[],
  byDefault?: unknown,
];

const positive = wholeNumber({ minimum: 1 });
const natural = wholeNumber({ minimum: 0 });
const depth = wholeNumber({ minimum: 1, maximum: MAX_DEPTH });
const atLeastZero = finiteNumber('a number, 0 or more', (value) => value >= 0);
const aboveZero = finiteNumber('a number above 0', (value) => value > 0);
const zeroToOne = finiteNumber('a number from 0 to 1', (value) => value >= 0 && value <= 1);
const aboveZeroToOne = finiteNumber('a number above 0, up to 1', (value) => value > 0 && value <= 1);
const anyNumber = finiteNumber('a finite number', () => true);

/** In the order of the help; `/set` of a conversation changes the same. */
export const OPTION_FLAGS: readonly OptionFlag[] = [
  ['--max-tokens <n>', 'maxTokens', 'most tokens to generate', positive, DEFAULT_MAX_TOKENS],
  ['--temperature <t>', 'temperature', 'randomness; 0 is greedy (default: 0)', atLeastZero],
  ['--top-k <k>', 'topK', 'choose among the k most probable tokens', positive],
  ['--top-p <p>', 'topP', 'choose among the tokens that make up this probability', aboveZeroToOne],
  ['--min-p <p>', 'minP', 'leave out tokens below this share of the best', zeroToOne],
  ['--repetition-penalty <x>', 'repetitionPenalty', 'divide the logits of seen tokens', aboveZero],
  ['--presence-penalty <x>', 'presencePenalty', 'subtract once from generated tokens', anyNumber],
  ['--frequency-penalty <x>', 'frequencyPenalty', 'subtract for each time a token was generated', anyNumber],
  ['--seed <n>', 'seed', 'make sampling repeatable', natural],
  ['--stop <text>', 'stop', 'end before this text (repeatable)', repeatedText],
  ['--draft <mode>', 'draft', `how guesses are made: ${DRAFT_MODES}`, draftMode, 'auto'],
  ['--controller <name>', 'controller', 'which controller decides how far to guess (default: auto)', CONTROLLERS],
  ['--depth <k>', 'depth', 'longest run of tokens guessed in a round', depth],
  [
    '--min-confidence <p>',
    'minimumConfidence',
    'leave out guesses less likely to be accepted than this (default: 0)',
    zeroToOne,
  ],
];

/** Values of the flags of `generate` and `chat` that are not only passed on. */
export interface GenerationFlags
  extends ModelFlags,
    Required<Pick<GenerateOptions, 'maxTokens' | 'draft'>>,
    Pick<GenerateOptions, 'controller' | 'depth' | 'prediction'> {
  readonly file?: string;
  readonly prompts?: string;
  readonly json?: true;
  /** `undefined`: on a terminal. */
  readonly stats?: boolean;
}

export function addModelFlags(command: Command): Command {
  return command
    .option('--model <reference>', 'registered name, Hugging Face id, or path', DEFAULT_MODEL)
    .addOption(deviceOption())
    .addOption(
      new Option('--executor <name>', 'which executor runs the model (default: the fastest available)').choices(
        EXECUTORS,
      ),
    )
    .addOption(
      new Option('--kv-precision <name>', 'number format of the KV cache (default: float32)').choices(KV_PRECISIONS),
    )
    .addOption(
      new Option('--arithmetic <name>', `arithmetic of matrix products (default: ${DEFAULT_ARITHMETIC})`).choices(
        ARITHMETICS,
      ),
    )
    .option(
      '--context-length <n>',
      "tokens of prompt and answer together (default: the model's own, at most 8192)",
      wholeNumber({ minimum: 16 }),
    )
    .addOption(verboseOption());
}

export function deviceOption(): Option {
  return new Option('--device <device>', 'where the model runs').choices(DEVICES).default('auto');
}

export function verboseOption(): Option {
  return new Option('--verbose', 'print details and stack traces on stderr');
}

export function addGenerationFlags(command: Command): Command {
  addModelFlags(command);
  for (const flag of OPTION_FLAGS) command.addOption(optionOf(flag));
  return command
    .option('--prediction <path>', 'a file with the text that the answer is expected to be; - is standard input')
    .option('--file <path>', 'read the prompt from a file, unchanged; - is standard input')
    .option(
      '--prompts <path>',
      'answer every line of a JSON Lines file of { id, prompt | messages }; - is standard input',
    )
    .option('--json', 'print one JSON object a result and nothing else')
    .option('--stats', 'print the speed of each answer on stderr (default: on a terminal)')
    .option('--no-stats', 'do not print it');
}

/** The flag as commander has it. */
function optionOf([flag, , help, values, byDefault]: OptionFlag): Option {
  const option = new Option(flag, help).default(byDefault);
  return typeof values === 'function'
    ? option.argParser<unknown>(values as (raw: string, before: unknown) => unknown)
    : option.choices(values);
}

/** The options of one generation that the flags stand for. Throws `UsageError` for a file that can't be read. */
export async function generateOptions(
  flags: GenerationFlags,
  input: CommandContext['stdin'],
): Promise<GenerateOptions> {
  const values: Readonly<Record<string, unknown>> = { ...flags };
  return withoutUndefined({
    ...Object.fromEntries(OPTION_FLAGS.map((flag) => [flag[1], values[optionOf(flag).attributeName()]])),
    prediction: flags.prediction === undefined ? undefined : await readInputFile(flags.prediction, input),
  });
}
