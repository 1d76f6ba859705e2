import type { Command } from 'commander';
import { answerOnce } from '../command-line/answer-once.js';
import { answerPromptsFile } from '../command-line/answer-prompts-file.js';
import type { CommandContext } from '../command-line/command-context.js';
import { addGenerationFlags, type GenerationFlags } from '../command-line/flags.js';
import { readInputFile } from '../command-line/read-prompts-file.js';
import { pipedInput } from '../command-line/read-standard-input.js';
import { UsageError } from '../command-line/usage-error.js';

/** `foretoken generate [PROMPT]`: completes raw text. */
export function addGenerateCommand(program: Command, context: CommandContext, exitWith: (code: number) => void): void {
  const command = program
    .command('generate')
    .description('complete a text; special tokens in it are recognised')
    .argument('[prompt]', 'the text to go on from; without it, what is piped in');
  addGenerationFlags(command).action(async (argument: string | undefined) => {
    const flags = command.opts<GenerationFlags>();
    const { file, prompts } = flags;
    if ([argument, file, prompts].filter((given) => given !== undefined).length > 1) {
      throw new UsageError('give only one of PROMPT, --file and --prompts');
    }
    if (prompts !== undefined) exitWith(await answerPromptsFile({ path: prompts, flags, context }));
    else exitWith(await answerOnce({ prompt: await readPrompt(argument, flags, context.stdin), flags, context }));
  });
}

async function readPrompt(
  argument: string | undefined,
  { file, prediction }: GenerationFlags,
  stdin: CommandContext['stdin'],
): Promise<string> {
  const named = file === undefined ? argument : await readInputFile(file, stdin);
  // A prediction that is piped in is no part of the prompt.
  const prompt = named ?? (prediction === '-' ? '' : await pipedInput(stdin));
  if (prompt !== '') return prompt;
  throw new UsageError(
    named === undefined ? 'no prompt: give PROMPT, --file or --prompts, or pipe one in' : 'the prompt is empty',
  );
}
