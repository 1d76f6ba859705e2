import type { ConfigurationFlags, Setting } from '@foretoken/server/configuration';
import { Option } from 'commander';
import { repeatedText } from './parse-values.js';

/** The flag of a setting. Values stay text: the server's schema judges them, wherever they come from. */
export function settingOption(setting: Setting): Option {
  const { flag, placeholder, defaultText, defaultValue } = setting;
  const told = defaultText ?? (setting.kind === 'switch' ? undefined : String(defaultValue));
  const meaning = setting.kind === 'switch' ? switchMeaning(setting) : setting.meaning;
  const description = meaning.replaceAll('`', '').replace(/\.$/, '');
  const option = new Option(
    placeholder === undefined ? `--${flag}` : `--${flag} <${placeholder}>`,
    told === undefined ? description : `${description} (default: ${told})`,
  );
  return setting.kind === 'list' ? option.argParser(repeatedText) : option;
}

/** What commander read, by flags; those that were not given are left out. */
export function configurationFlags(
  settings: readonly Setting[],
  values: Readonly<Record<string, unknown>>,
): ConfigurationFlags {
  return Object.fromEntries(
    settings.flatMap((setting) => {
      const option = settingOption(setting);
      const value = values[option.attributeName()];
      // commander sets what a --no flag turns off to true where it was not given.
      if (value === undefined || (option.negate && value === true)) return [];
      return [[setting.flag, value as string | readonly string[] | boolean]];
    }),
  );
}

/** A flag does what it is called; the settings' own words ask whether. */
function switchMeaning({ meaning, flag, environment }: Setting): string {
  const [, clause = meaning] = /^Whether (.*)$/.exec(meaning) ?? [];
  return flag.startsWith('no-')
    ? `turn off (${environment}=false): whether ${clause}`
    : `turn on (${environment}=true): whether ${clause}`;
}
