import type { ChatMessage } from '@foretoken/core/text';
import type { Command } from 'commander';
import { converse } from '../chat/converse.js';
import { answerOnce } from '../command-line/answer-once.js';
import { answerPromptsFile } from '../command-line/answer-prompts-file.js';
import type { CommandContext } from '../command-line/command-context.js';
import { addGenerationFlags, type GenerationFlags } from '../command-line/flags.js';
import { readInputFile } from '../command-line/read-prompts-file.js';
import { pipedInput } from '../command-line/read-standard-input.js';
import { UsageError } from '../command-line/usage-error.js';

interface ChatFlags extends GenerationFlags {
  readonly message?: string;
  readonly system?: string;
}

/**
 * `foretoken chat`: a conversation in the terminal; one answer with `--message`, `--file`, or a message that is piped in; an
 * answer a line with `--prompts`.
 */
export function addChatCommand(program: Command, context: CommandContext, exitWith: (code: number) => void): void {
  const command = program
    .command('chat')
    .description('talk with the model; with --message or a message piped in, answer once')
    .option('--message <text>', 'answer this message, with what is piped in behind it, and exit')
    .option('--system <text>', 'instructions to the model');
  addGenerationFlags(command).action(async () => {
    const flags = command.opts<ChatFlags>();
    const { stdin } = context;
    const given = [flags.message, flags.file, flags.prompts].filter((value) => value !== undefined);
    if (given.length > 1) throw new UsageError('give only one of --message, --file and --prompts');
    if (flags.prompts !== undefined) {
      if (flags.system !== undefined) {
        throw new UsageError('--system does not go with --prompts: put a system message in its lines');
      }
      exitWith(await answerPromptsFile({ path: flags.prompts, flags, context }));
      return;
    }
    const system: readonly ChatMessage[] =
      flags.system === undefined ? [] : [{ role: 'system', content: flags.system }];
    if (given.length === 0 && stdin.isTTY) {
      if (flags.json) throw new UsageError('--json needs a message: --message, --file, --prompts, or standard input');
      exitWith(await converse({ system, flags, context }));
      return;
    }
    if (flags.message === '') throw new UsageError('the message is empty');
    const content = await readMessage(flags, stdin);
    if (content === '') throw new UsageError('no message: give --message, --file or --prompts, or pipe one in');
    exitWith(await answerOnce({ prompt: [...system, { role: 'user', content }], flags, context }));
  });
}

/** What the command line says, and behind it what is piped in, as one message. */
async function readMessage(flags: ChatFlags, stdin: CommandContext['stdin']): Promise<string> {
  if (flags.file !== undefined) return readInputFile(flags.file, stdin);
  // A prediction that is piped in is no part of the message.
  const piped = flags.prediction === '-' ? '' : await pipedInput(stdin);
  return [flags.message ?? '', piped].filter((part) => part.trim() !== '').join('\n\n');
}
