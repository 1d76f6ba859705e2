import { ConfigurationError, type ConfigurationProblem } from './configuration-error.js';
import { CONFIGURATION_FILE_VARIABLE, type Environment, environmentValues } from './environment-values.js';
import { objectValues, readConfigurationFile } from './file-values.js';
import { type Given, type GivenValues, problemOf, valueOfTexts } from './given-value.js';
import { isLoopback } from './is-loopback.js';
import {
  configurationSchema,
  type ServerConfiguration,
  type ServerConfigurationInput,
} from './server-configuration.js';
import { SETTINGS } from './settings.js';

/** The values of flags by their names without dashes: texts, or what a switch stands for. */
export type ConfigurationFlags = Readonly<Record<string, string | readonly string[] | boolean | undefined>>;

/**
 * Puts a configuration together: flags over environment over file over defaults, setting by setting (a list is replaced,
 * not added to).
 *
 * @throws {ConfigurationError} with everything that is wrong: values that can't be, in any source, also where another
 * one wins; settings that are none; a file that can't be read.
 */
export function loadConfiguration(options: {
  /** A JSON file. @default that of the variable FORETOKEN_CONFIG, or none */
  readonly file?: string;
  readonly environment: Environment;
  readonly flags: ConfigurationFlags;
}): ServerConfiguration {
  const { environment, flags, file = environment[CONFIGURATION_FILE_VARIABLE] } = options;
  const sources = [
    ...(file === undefined || file === '' ? [] : [readConfigurationFile(file)]),
    environmentValues(environment),
    flagValues(flags),
  ];
  return build({
    given: sources.flatMap(({ given }) => given),
    problems: sources.flatMap(({ problems }) => problems),
  });
}

/**
 * Completes a part of a configuration with the defaults.
 *
 * @throws {ConfigurationError} as `loadConfiguration`.
 */
export function completeConfiguration(input: ServerConfigurationInput): ServerConfiguration {
  return build(objectValues(input, 'the configuration'));
}

/**
 * Refuses variables of foretoken whose values can't be, or that are none. Useful for commands that start no server.
 *
 * @throws {ConfigurationError} with everything that is wrong.
 */
export function checkEnvironment(environment: Environment): void {
  refuse(environmentValues(environment));
}

function flagValues(flags: ConfigurationFlags): GivenValues {
  const given: Given[] = [];
  const problems: ConfigurationProblem[] = [];
  const byFlag = new Map(SETTINGS.map((setting) => [setting.flag, setting]));
  for (const [flag, value] of Object.entries(flags)) {
    if (value === undefined) continue;
    const source = `--${flag}`;
    const setting = byFlag.get(flag);
    if (setting === undefined) {
      problems.push({ setting: flag, source, message: `There is no flag ${source}.` });
    } else if (typeof value === 'boolean') {
      given.push({ setting, source, value });
    } else {
      const texts = typeof value === 'string' ? [value] : value;
      given.push({ setting, source, value: valueOfTexts(setting, texts, 'flag') });
    }
  }
  return { given, problems };
}

/** Later values win. */
function build(values: GivenValues): ServerConfiguration {
  refuse(values);
  const input: Record<string, unknown> = {};
  for (const { setting, value } of values.given) {
    const [first = '', second] = setting.path;
    if (second === undefined) input[first] = value;
    else input[first] = { ...(input[first] as object | undefined), [second]: value };
  }
  const configuration = configurationSchema.parse(input);
  refuseOpenDoor(configuration);
  return configuration;
}

function refuse({ given, problems }: GivenValues): void {
  const found = [...problems, ...given.map(problemOf).filter((problem) => problem !== undefined)];
  if (found.length > 0) throw new ConfigurationError(found);
}

/** Anyone on the network could use a server that has no keys: that must be wanted. */
function refuseOpenDoor({ host, security }: ServerConfiguration): void {
  if (isLoopback(host) || security.apiKeys.length > 0 || security.allowAnonymous) return;
  throw new ConfigurationError([
    {
      setting: 'security.apiKeys',
      source: 'host',
      message: `host ${JSON.stringify(host)} can be reached from other machines and there is no API key: give one (--api-key, FORETOKEN_API_KEYS, or security.apiKeys in the file), or allow requests of everybody with --allow-anonymous.`,
    },
  ]);
}
