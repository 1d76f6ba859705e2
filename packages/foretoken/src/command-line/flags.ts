import type { ExecutorKind, KvPrecision } from '@foretoken/backend';
import { ARITHMETICS, type Arithmetic, DEFAULT_ARITHMETIC } from '@foretoken/core';
import {
  CONTROLLERS,
  type ControllerName,
  DEFAULT_MAX_TOKENS,
  DEFAULT_MODEL,
  DRAFT_MODES,
  type DraftMode,
  MAX_DEPTH,
} from '@foretoken/speculation';
import { type Command, Option } from 'commander';
import type { GenerateOptions } from '../decoder/decoder.js';
import type { CommandContext } from './command-context.js';
import { draftMode, finiteNumber, repeatedText, wholeNumber } from './parse-values.js';
import { readInputFile } from './read-prompts-file.js';

const EXECUTORS = ['fused', 'graph', 'eager'] as const satisfies readonly ExecutorKind[];
const KV_PRECISIONS = ['float32', 'float16'] as const satisfies readonly KvPrecision[];

/** Values of the flags that every command with a model has. */
export interface ModelFlags {
  readonly model: string;
  readonly device: 'auto' | 'cuda' | 'cpu' | 'wasm' | 'js';
  readonly executor?: ExecutorKind;
  readonly kvPrecision?: KvPrecision;
  readonly arithmetic?: Arithmetic;
  readonly contextLength?: number;
  readonly verbose?: true;
}

/** Values of the flags of `generate` and `chat`. */
export interface GenerationFlags extends ModelFlags {
  readonly maxTokens: number;
  readonly temperature?: number;
  readonly topK?: number;
  readonly topP?: number;
  readonly minP?: number;
  readonly repetitionPenalty?: number;
  readonly presencePenalty?: number;
  readonly frequencyPenalty?: number;
  readonly seed?: number;
  readonly stop?: readonly string[];
  readonly draft: DraftMode;
  readonly controller?: ControllerName;
  readonly depth?: number;
  readonly minConfidence?: number;
  readonly prediction?: string;
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
      new Option('--executor <name>', 'how the model is run (default: the first that can be had)').choices(EXECUTORS),
    )
    .addOption(
      new Option('--kv-precision <name>', 'what the KV cache keeps numbers in (default: float32)').choices(
        KV_PRECISIONS,
      ),
    )
    .addOption(
      new Option('--arithmetic <name>', `what products are computed in (default: ${DEFAULT_ARITHMETIC})`).choices(
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
  return new Option('--device <device>', 'where the model runs')
    .choices(['auto', 'cuda', 'cpu', 'wasm', 'js'])
    .default('auto');
}

export function verboseOption(): Option {
  return new Option('--verbose', 'say more on stderr, with stack traces');
}

export function addGenerationFlags(command: Command): Command {
  return addModelFlags(command)
    .option('--max-tokens <n>', 'most tokens to generate', wholeNumber({ minimum: 1 }), DEFAULT_MAX_TOKENS)
    .option('--temperature <t>', 'randomness; 0 is greedy (default: 0)', atLeastZero)
    .option('--top-k <k>', 'choose among the k most probable tokens', wholeNumber({ minimum: 1 }))
    .option('--top-p <p>', 'choose among the tokens that make up this probability', aboveZeroToOne)
    .option('--min-p <p>', 'leave out tokens below this share of the best', zeroToOne)
    .option('--repetition-penalty <x>', 'divide the logits of seen tokens', aboveZero)
    .option('--presence-penalty <x>', 'subtract once from generated tokens', anyNumber)
    .option('--frequency-penalty <x>', 'subtract for each time a token was generated', anyNumber)
    .option('--seed <n>', 'make sampling repeatable', wholeNumber({ minimum: 0 }))
    .option('--stop <text>', 'end before this text (repeatable)', repeatedText)
    .option('--draft <mode>', `how guesses are made: ${DRAFT_MODES}`, draftMode, 'auto')
    .addOption(new Option('--controller <name>', 'who decides how far to guess (default: auto)').choices(CONTROLLERS))
    .option('--depth <k>', 'longest run of tokens guessed in a round', wholeNumber({ minimum: 1, maximum: MAX_DEPTH }))
    .option('--min-confidence <p>', 'leave out guesses less likely than this (default: 0.5)', zeroToOne)
    .option('--prediction <path>', 'a file with the text that the answer is expected to be; - is standard input')
    .option('--file <path>', 'read the prompt from a file, as it is; - is standard input')
    .option(
      '--prompts <path>',
      'answer every line of a JSON Lines file of { id, prompt | messages }; - is standard input',
    )
    .option('--json', 'print one JSON object a result and nothing else')
    .option('--stats', 'tell the speed of each answer on stderr (default: on a terminal)')
    .option('--no-stats', 'do not');
}

/** The options of one generation that the flags stand for. Throws `UsageError` for a file that can't be read. */
export async function generateOptions(
  flags: GenerationFlags,
  input: CommandContext['stdin'],
): Promise<GenerateOptions> {
  const {
    maxTokens,
    temperature,
    topK,
    topP,
    minP,
    seed,
    stop,
    draft,
    controller,
    depth,
    minConfidence: minimumConfidence,
  } = flags;
  const { repetitionPenalty, presencePenalty, frequencyPenalty } = flags;
  const prediction = flags.prediction === undefined ? undefined : await readInputFile(flags.prediction, input);
  const given = {
    ...{ maxTokens, temperature, topK, topP, minP, seed, stop },
    ...{ repetitionPenalty, presencePenalty, frequencyPenalty },
    ...{ draft, controller, depth, minimumConfidence, prediction },
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

const atLeastZero = finiteNumber('a number, 0 or more', (value) => value >= 0);
const aboveZero = finiteNumber('a number above 0', (value) => value > 0);
const zeroToOne = finiteNumber('a number from 0 to 1', (value) => value >= 0 && value <= 1);
const aboveZeroToOne = finiteNumber('a number above 0, up to 1', (value) => value > 0 && value <= 1);
const anyNumber = finiteNumber('a finite number', () => true);
