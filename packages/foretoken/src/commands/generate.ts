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
    const source = promptSource(argument, flags);
    if (source.kind === 'prompts') exitWith(await answerPromptsFile({ path: source.path, flags, context }));
    else exitWith(await answerOnce({ prompt: await readPrompt(source, flags, context.stdin), flags, context }));
  });
}

type PromptSource =
  | { readonly kind: 'argument'; readonly prompt: string }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'prompts'; readonly path: string }
  | { readonly kind: 'piped' };

function promptSource(argument: string | undefined, flags: GenerationFlags): PromptSource {
  const sources: PromptSource[] = [];
  if (argument !== undefined) sources.push({ kind: 'argument', prompt: argument });
  if (flags.file !== undefined) sources.push({ kind: 'file', path: flags.file });
  if (flags.prompts !== undefined) sources.push({ kind: 'prompts', path: flags.prompts });
  const [source = { kind: 'piped' }] = sources;
  if (sources.length > 1) throw new UsageError('give only one of PROMPT, --file and --prompts');
  return source;
}

async function readPrompt(
  source: Exclude<PromptSource, { kind: 'prompts' }>,
  flags: GenerationFlags,
  stdin: CommandContext['stdin'],
): Promise<string> {
  switch (source.kind) {
    case 'argument':
      return notEmpty(source.prompt, 'the prompt is empty');
    case 'file':
      return notEmpty(await readInputFile(source.path, stdin), 'the prompt is empty');
    case 'piped': {
      // A prediction that is piped in is no part of the prompt.
      const piped = flags.prediction === '-' ? '' : await pipedInput(stdin);
      return notEmpty(piped, 'no prompt: give PROMPT, --file or --prompts, or pipe one in');
    }
  }
}

function notEmpty(prompt: string, otherwise: string): string {
  if (prompt === '') throw new UsageError(otherwise);
  return prompt;
}
