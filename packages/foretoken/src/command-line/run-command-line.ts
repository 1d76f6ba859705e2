import { Command, CommanderError } from 'commander';
import { addChatCommand } from '../commands/chat.js';
import { addDemoCommand } from '../commands/demo.js';
import { addDoctorCommand } from '../commands/doctor.js';
import { addGenerateCommand } from '../commands/generate.js';
import { addHashKeyCommand } from '../commands/hash-key.js';
import { addModelsCommand } from '../commands/models.js';
import { addServeCommand } from '../commands/serve.js';
import { addSetupCommand } from '../commands/setup.js';
import { version } from '../version.js';
import type { CommandContext } from './command-context.js';
import { describeFailure } from './describe-failure.js';
import { ofServerIfThere } from './server-package.js';

/**
 * Runs one command line (without `node` and the script's name) and gives its exit code: 0 done, 1 failed, 2 wrong
 * usage, 130 interrupted. It never throws: a failure is one line on stderr, and with `--verbose` the stack trace.
 */
export async function runCommandLine(argumentList: readonly string[], context: CommandContext): Promise<number> {
  let exitCode = 0;
  const program = createProgram(context, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync([...argumentList], { from: 'user' });
    return exitCode;
  } catch (error) {
    // Help and version were asked for and printed.
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    // No command was named: commander has printed the help on stderr.
    if (error instanceof CommanderError && error.code === 'commander.help') return 2;
    const failure = describeFailure(error);
    context.stderr.write(`foretoken: ${failure.line}\n`);
    if (argumentList.includes('--verbose') && error instanceof Error) context.stderr.write(`${stackOf(error)}\n`);
    return failure.exitCode;
  }
}

function createProgram(context: CommandContext, exitWith: (code: number) => void): Command {
  const program = new Command('foretoken')
    .description('Speculative decoding for Node.js: the same text, sooner.')
    .version(version(), '-V, --version')
    .helpCommand('help [command]', 'show the help, of a command if one is named')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
      // runCommandLine prints errors itself, in one line.
      outputError: () => {},
    });
  program.hook('preAction', async () => {
    // `serve` reads the same variables; the other commands heed some of them, and a slip in a name is one everywhere.
    const configuration = await ofServerIfThere(() => import('@foretoken/server/configuration'));
    configuration?.checkEnvironment(context.environment);
  });
  addGenerateCommand(program, context, exitWith);
  addChatCommand(program, context, exitWith);
  addServeCommand(program, context);
  addHashKeyCommand(program, context);
  addDemoCommand(program, context, exitWith);
  addDoctorCommand(program, context);
  addModelsCommand(program, context);
  addSetupCommand(program, context);
  return program;
}

function stackOf(error: Error): string {
  const stack = error.stack ?? error.message;
  return error.cause instanceof Error ? `${stack}\ncaused by ${stackOf(error.cause)}` : stack;
}
