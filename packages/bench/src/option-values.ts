/** Writes a line for a person. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Several of `count`, with commas between. */
export function counts(option: string, text: string | undefined): readonly number[] | undefined {
  return text?.split(',').flatMap((part) => count(option, part) ?? []);
}

/** An integer >= 1, times `unit`. Ends the process with code 2 for anything else. */
export function count(option: string, text: string | undefined, unit = 1): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value * unit;
  note(`--${option} takes an integer >= 1, not "${text}".`);
  process.exit(2);
}

/** One of the values. Ends the process with code 2 for anything else. */
export function oneOf<Value extends string>(
  option: string,
  text: string | undefined,
  values: readonly Value[],
): Value | undefined {
  if (text === undefined) return undefined;
  const value = values.find((known) => known === text);
  if (value !== undefined) return value;
  note(`--${option} takes ${values.join(', ')}, not "${text}".`);
  process.exit(2);
}
