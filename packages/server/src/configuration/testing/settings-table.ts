import { SETTINGS, type Setting } from '../settings.js';

/** The settings as a table in Markdown: the one in the documentation. */
export function settingsTable(): string {
  const rows = SETTINGS.map((setting) => [
    `\`${setting.name}\``,
    `\`${flagOf(setting)}\``,
    `\`${setting.environment}\``,
    defaultOf(setting),
    setting.meaning,
  ]);
  const head = ['Setting', 'Flag', 'Variable', 'Default', 'Meaning'];
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.map(escaped).join(' | ')} |`).join('\n');
}

/** The flag as the help writes it: `--max-queue <n>`. */
function flagOf({ flag, placeholder }: Setting): string {
  return placeholder === undefined ? `--${flag}` : `--${flag} <${placeholder}>`;
}

/** The default in words; of a switch, `true` or `false`. */
function defaultOf({ defaultText, defaultValue }: Setting): string {
  return (
    defaultText ?? (typeof defaultValue === 'string' ? `\`${defaultValue}\`` : `\`${JSON.stringify(defaultValue)}\``)
  );
}

function escaped(cell: string): string {
  return cell.replaceAll('|', '\\|');
}
