import type { Command } from 'commander';
import type { CommandContext } from '../command-line/command-context.js';

/** `foretoken models list|pull|show`. Placeholder until sources land. */
export function addModelsCommand(program: Command, context: CommandContext): void {
  const models = program.command('models').description('the models at hand').helpCommand(false);
  models.command('list').description('registered and cached models');
  models.command('pull').description('fetch a model into the cache').argument('<reference>');
  models.command('show').description('describe a model').argument('<reference>');
  void context;
}
