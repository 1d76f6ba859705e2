import { readFileSync } from 'node:fs';
import { ConfigurationError, type ConfigurationProblem } from './configuration-error.js';
import type { Given, GivenValues } from './given-value.js';
import { SETTINGS } from './settings.js';

const BY_NAME = new Map(SETTINGS.map((setting) => [setting.name, setting]));
const GROUPS = new Set(SETTINGS.flatMap(({ path }) => path.slice(0, -1).map((_, i) => path.slice(0, i + 1).join('.'))));

/**
 * What a configuration file, a JSON object, says of each setting.
 *
 * @throws {ConfigurationError} the file can't be read or holds something else.
 */
export function readConfigurationFile(path: string): GivenValues {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path === '-' ? 0 : path, 'utf8'));
  } catch (error) {
    // A message of JSON.parse quotes the file.
    const reason = error instanceof SyntaxError ? 'is not valid JSON' : `can't be read: ${messageOf(error)}`;
    throw new ConfigurationError([{ setting: '', source: path, message: `The configuration file ${path} ${reason}.` }]);
  }
  return objectValues(content, path);
}

/** What an object that is nested like the configuration says of each setting. */
export function objectValues(content: unknown, source: string): GivenValues {
  const given: Given[] = [];
  const problems: ConfigurationProblem[] = [];
  const visit = (value: unknown, path: readonly string[]): void => {
    const name = path.join('.');
    const setting = BY_NAME.get(name);
    if (setting !== undefined) {
      given.push({ setting, source, value });
    } else if (path.length > 0 && !GROUPS.has(name)) {
      problems.push({ setting: name, source, message: `${source} has ${JSON.stringify(name)}, which is no setting.` });
    } else if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      const what = path.length === 0 ? source : `${JSON.stringify(name)} in ${source}`;
      problems.push({ setting: name, source, message: `${what} must be an object.` });
    } else {
      for (const [key, inner] of Object.entries(value)) visit(inner, [...path, key]);
    }
  };
  visit(content, []);
  return { given, problems };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
