import type { ChatMessage } from '@foretoken/core/text';
import type { Command } from 'commander';
import { answerOnce } from '../command-line/answer-once.js';
import { answerPromptsFile } from '../command-line/answer-prompts-file.js';
import type { CommandContext } from '../command-line/command-context.js';
import { addGenerationFlags, type GenerationFlags } from '../command-line/flags.js';
import { readInputFile } from '../command-line/read-prompts-file.js';
import { UsageError } from '../command-line/usage-error.js';
import { converse } from './converse.js';

interface ChatFlags extends GenerationFlags {
  readonly message?: string;
  readonly system?: string;
}

/** `foretoken chat`: a conversation in the terminal, or one answer with `--message`, `--file` or `--prompts`. */
export function addChatCommand(program: Command, context: CommandContext, exitWith: (code: number) => void): void {
  const command = program
    .command('chat')
    .description('talk with the model; with --message, answer once')
    .option('--message <text>', 'answer this message and exit')
    .option('--system <text>', 'instructions to the model');
  addGenerationFlags(command).action(async () => {
    const flags = command.opts<ChatFlags>();
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
    const message = flags.file === undefined ? flags.message : await readInputFile(flags.file);
    if (message === undefined) {
      if (flags.json) throw new UsageError('--json needs --message, --file or --prompts');
      exitWith(await converse({ system, flags, context }));
      return;
    }
    if (message === '') throw new UsageError('the message is empty');
    exitWith(await answerOnce({ prompt: [...system, { role: 'user', content: message }], flags, context }));
  });
}
