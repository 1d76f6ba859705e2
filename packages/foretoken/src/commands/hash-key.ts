import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import type { Command } from 'commander';
import type { CommandContext } from '../command-line/command-context.js';
import { ofServer } from '../command-line/server-package.js';
import { UsageError } from '../command-line/usage-error.js';

interface HashKeyFlags {
  readonly new?: true;
  readonly name: string;
}

/** `foretoken hash-key`: what a configuration file holds of an API key. The key itself is never an argument, which others could see. */
export function addHashKeyCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('hash-key')
    .description('turn an API key, read from stdin, into the entry of a configuration file')
    .option('--new', 'make a key, and say it once on stderr')
    .option('--name <name>', 'what logs call the key', 'key');
  command.action(async () => {
    const { new: make, name } = command.opts<HashKeyFlags>();
    const { hashApiKey } = await ofServer(() => import('@foretoken/server/configuration'));
    const key = make ? `ft-${randomBytes(32).toString('base64url')}` : await readKey(context);
    if (make) context.stderr.write(`${key}\n`);
    context.stdout.write(`${JSON.stringify({ name, sha256: hashApiKey(key) })}\n`);
  });
}

async function readKey({ stdin }: CommandContext): Promise<string> {
  if (stdin.isTTY) throw new UsageError('give the key on stdin (foretoken hash-key < file), or make one with --new');
  for await (const line of createInterface({ input: stdin })) {
    if (/^[\x21-\x7e]+$/.test(line)) return line;
    break;
  }
  throw new UsageError('the key on stdin must be one line of printable ASCII characters without spaces');
}
