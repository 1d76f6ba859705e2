import { terminalProgress } from '@foretoken/tensorflow/status';
import type { Command } from 'commander';
import type { CommandContext } from '../command-line/command-context.js';
import { verboseOption } from '../command-line/flags.js';
import { formatTable } from '../terminal/table.js';
import { describeModel } from './describe-model.js';

/** `foretoken models list|pull|show|rm`. */
export function addModelsCommand(program: Command, context: CommandContext): void {
  const models = program.command('models').description('list, fetch, describe and remove models');
  const list = models
    .command('list')
    .description('the models that have a name, and those in the cache')
    .option('--json', 'print a JSON list and nothing else')
    .addOption(verboseOption());
  list.action(() => listAll(context, list.opts<{ json?: true }>().json === true));
  models
    .command('pull')
    .description('fetch a model into the cache')
    .argument('<reference>', 'registered name or Hugging Face id')
    .option('--with-draft', 'fetch the draft model that is registered for it too')
    .addOption(verboseOption())
    .action(async (reference: string, { withDraft = false }: { readonly withDraft?: boolean }) => {
      const { draftModelOf, resolveModel } = await import('@foretoken/backend');
      // Before the model is fetched: a pair that does not exist is no reason to fetch half of it.
      const references = withDraft ? [reference, draftModelOf(reference)] : [reference];
      for (const wanted of references) {
        const { weights } = await resolveModel(wanted, { onProgress: terminalProgress(context.stderr) });
        context.stdout.write(`${weights}\n`);
      }
    });
  models
    .command('show')
    .description('describe a model that is on this machine, whether it can run, and what can guess for it')
    .argument('<reference>', 'registered name, Hugging Face id, or path')
    .addOption(verboseOption())
    .action(async (reference: string) => {
      for (const line of await describeModel(reference)) context.stdout.write(`${line}\n`);
    });
  models
    .command('rm')
    .description('remove a model from the cache')
    .argument('<name...>', 'names as "models list" shows them')
    .addOption(verboseOption())
    .action(async (names: readonly string[]) => {
      const { removeModel } = await import('@foretoken/backend');
      for (const name of names) {
        const { bytes } = await removeModel(name);
        context.stdout.write(`removed ${name} (${formatBytes(bytes)})\n`);
      }
    });
}

async function listAll(context: CommandContext, json: boolean): Promise<void> {
  const { listModels } = await import('@foretoken/backend');
  const all = await listModels();
  if (json) {
    context.stdout.write(`${JSON.stringify(all)}\n`);
    return;
  }
  const rows = all.map((model) => [model.name, formatBytes(model.bytes), model.cached ? 'cached' : 'not fetched']);
  for (const line of formatTable([['model', 'size', 'state'], ...rows])) context.stdout.write(`${line}\n`);
}

function formatBytes(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.round(bytes / 1e6)} MB`;
}
