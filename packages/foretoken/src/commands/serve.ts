import { once } from 'node:events';
import type { Command } from 'commander';
import type { CommandContext } from '../command-line/command-context.js';
import { verboseOption } from '../command-line/flags.js';
import { withInterruption } from '../command-line/interruption.js';
import { ofServer } from '../command-line/server-package.js';
import { configurationFlags, settingOption } from '../command-line/setting-options.js';

/**
 * `foretoken serve`: an OpenAI-compatible server. SIGTERM or Ctrl-C lets running requests end, within a deadline; a second
 * one ends the process at once.
 */
export function addServeCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('serve')
    .description('serve the model over HTTP, as the OpenAI API does, with a dashboard at /')
    .option('--config <path>', 'a JSON file with settings; flags and variables win over it (FORETOKEN_CONFIG)');
  // The settings have a schema, which only this command is to wait for.
  program.hook('preSubcommand', async (_program, chosen) => {
    if (chosen !== command) return;
    const { SETTINGS } = await ofServer(() => import('@foretoken/server/configuration'));
    for (const setting of SETTINGS) command.addOption(settingOption(setting));
    command.addOption(verboseOption());
  });
  command.action(async () => {
    const { loadConfiguration, SETTINGS } = await ofServer(() => import('@foretoken/server/configuration'));
    const { config, ...values } = command.opts<{ readonly config?: string } & Readonly<Record<string, unknown>>>();
    const configuration = loadConfiguration({
      ...(config === undefined ? {} : { file: config }),
      environment: context.environment,
      flags: configurationFlags(SETTINGS, values),
    });
    const { host, security } = configuration;
    if (security.allowAnonymous && security.apiKeys.length === 0) {
      context.stderr.write(`foretoken: whoever reaches ${host} may use this server: it has no API key\n`);
    }
    const run = async (signal: AbortSignal): Promise<void> => {
      const stopped = once(signal, 'abort');
      const server = await context.createServer(configuration);
      try {
        await Promise.race([server.ready, stopped]);
        if (!signal.aborted) context.stdout.write(`foretoken serves ${configuration.model} at ${server.url}\n`);
        await stopped;
      } finally {
        await server.close();
      }
    };
    await withInterruption(context.interrupts, run, ['SIGINT', 'SIGTERM']);
  });
}
