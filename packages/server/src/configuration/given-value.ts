import type { ConfigurationProblem } from './configuration-error.js';
import type { Setting } from './settings.js';

/** A value that somebody gave a setting. */
export interface Given {
  readonly setting: Setting;
  /** As people find it again: `--port`, `FORETOKEN_PORT`, or the path of the file. */
  readonly source: string;
  readonly value: unknown;
}

/** What somebody gave all settings, and what was no setting. */
export interface GivenValues {
  readonly given: readonly Given[];
  readonly problems: readonly ConfigurationProblem[];
}

export function problemOf({ setting, source, value }: Given): ConfigurationProblem | undefined {
  if (value !== undefined && setting.schema.safeParse(value).success) return undefined;
  const shown = setting.secret ? 'a value' : (JSON.stringify(value) ?? 'a value');
  return {
    setting: setting.name,
    source,
    message: `${setting.name}, from ${source}, can't be ${shown}: it must be ${setting.allowed}.`,
  };
}

// Number() alone would also read '', ' 5 ', '0x10' and 'Infinity'.
const decimal = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;

/** Reads the texts of a flag or a variable. What can't be read stays text, which the schema then refuses. */
export function valueOfTexts(setting: Setting, texts: readonly string[], source: 'flag' | 'environment'): unknown {
  if (setting.fromTexts !== undefined) return setting.fromTexts(texts, source);
  const [first = ''] = texts;
  switch (setting.kind) {
    case 'list':
      return source === 'flag'
        ? texts
        : first
            .split(',')
            .map((part) => part.trim())
            .filter((part) => part !== '');
    case 'number':
      return decimal.test(first) ? Number(first) : first;
    case 'switch':
      return { true: true, 1: true, false: false, 0: false }[first] ?? first;
    case 'text':
      return first;
  }
}
