import type { Command } from 'commander';
import type { CommandContext } from '../command-line/command-context.js';
export function addDoctorCommand(program: Command, context: CommandContext): void {
  program.command('doctor').description('x').option('--json', 'x');
  void context;
}
