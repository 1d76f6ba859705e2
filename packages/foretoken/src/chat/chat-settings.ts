import { Command } from 'commander';
import { addGenerationFlags, OPTION_FLAGS } from '../command-line/flags.js';
import { UsageError } from '../command-line/usage-error.js';
import type { GenerateOptions } from '../decoder/decoder.js';

/** What `/set` changes: the flags of the same names. */
const SETTINGS = new Map(OPTION_FLAGS.map(([flag, option]) => [flag.replace(/^--| <.*$/g, ''), option]));

/** The value that takes a setting back. */
const DEFAULT = 'default';

/** One line a setting, with what it is set to. */
export function describeSettings(options: GenerateOptions): string {
  return [...SETTINGS].map(([name, option]) => `  ${name.padEnd(20)}${describe(options[option])}`).join('\n');
}

/**
 * The options with one changed by its name on the command line. Throws `UsageError` for an unknown name or an invalid
 * value.
 */
export function changeSetting(options: GenerateOptions, name: string, text: string): GenerateOptions {
  const option = SETTINGS.get(name);
  if (option === undefined) {
    throw new UsageError(
      `there is no setting ${JSON.stringify(name)}: it is system or one of ${[...SETTINGS.keys()].join(', ')}`,
    );
  }
  if (text === '') throw new UsageError(`give a value for ${name}, or "${DEFAULT}"`);
  const { [option]: _, ...others } = options;
  return text === DEFAULT ? others : { ...others, [option]: parse(name, text) };
}

/** As the flag of that name reads it. */
function parse(name: string, text: string): unknown {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => {}, outputError: () => {} });
  addGenerationFlags(command).parse([`--${name}`, text], { from: 'user' });
  const given = Object.entries(command.opts()).find(([key]) => command.getOptionValueSource(key) === 'cli');
  return given?.[1];
}

function describe(value: GenerateOptions[keyof GenerateOptions]): string {
  return value === undefined ? DEFAULT : typeof value === 'string' ? value : JSON.stringify(value);
}
