import { z } from 'zod';

/** What is known about a setting besides its type. */
export interface SettingDescription {
  /**
   * Without the dashes. A switch that is on by default has the flag that turns it off (`no-dashboard`).
   *
   * @default the last part of the setting's name, in kebab case
   */
  readonly flag?: string;
  /** @default FORETOKEN_ and the flag */
  readonly environment?: string;
  /** What stands for the value in the help. @default that of a switch, which has none */
  readonly placeholder?: string;
  readonly meaning: string;
  /** The default in words, where it is no plain value. */
  readonly defaultText?: string;
  /** What the value must be: `a whole number from 1 to 64`. */
  readonly allowed: string;
  /** Reads the value from the texts of a flag or a variable, where that is another one than in a file. */
  readonly fromTexts?: (texts: readonly string[], source: 'flag' | 'environment') => unknown;
  /** Whether the value must not be repeated in messages. @default false */
  readonly secret?: boolean;
}

/** Descriptions by schema. */
export const settingDescriptions = z.registry<SettingDescription>();
