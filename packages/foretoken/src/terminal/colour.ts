/** Wraps text in terminal colours, or leaves it alone where they are not wanted. */
export interface Palette {
  readonly enabled: boolean;
  green(text: string): string;
  dim(text: string): string;
  bold(text: string): string;
}

/**
 * The palette for an output. Colours are off unless it is a terminal; `NO_COLOR` (no-color.org) turns them off,
 * `FORCE_COLOR` (other than `0`) on.
 */
export function paletteFor(
  output: { readonly isTTY?: boolean },
  environment: Readonly<Record<string, string | undefined>>,
): Palette {
  const enabled = coloursWanted(output, environment);
  const wrap = (open: number, close: number) => (text: string) =>
    enabled && text !== '' ? `\u001B[${open}m${text}\u001B[${close}m` : text;
  return { enabled, green: wrap(32, 39), dim: wrap(2, 22), bold: wrap(1, 22) };
}

function coloursWanted(
  output: { readonly isTTY?: boolean },
  environment: Readonly<Record<string, string | undefined>>,
): boolean {
  if (environment.NO_COLOR) return false;
  if (environment.FORCE_COLOR) return environment.FORCE_COLOR !== '0';
  return output.isTTY === true && environment.TERM !== 'dumb';
}
