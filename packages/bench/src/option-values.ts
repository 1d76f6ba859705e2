import type { ExecutorKind } from '@foretoken/backend';
import { ARITHMETICS, type Arithmetic } from '@foretoken/core';
import { DEVICES, type Device } from '@foretoken/tensorflow';

/** Writes a line for a person. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** The option of that name, or nothing. */
export function given<Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): { readonly [Key in Name]?: Value } {
  return value === undefined ? {} : ({ [name]: value } as { readonly [Key in Name]?: Value });
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

/** The executor of that name. Ends the process with code 2 for another. */
export function executorOption(name: string | undefined): { readonly executor?: ExecutorKind } {
  if (name === undefined) return {};
  const executor = (['fused', 'graph', 'eager'] as const).find((known) => known === name);
  if (executor !== undefined) return { executor };
  note(`--executor takes fused, graph or eager, not "${name}".`);
  process.exit(2);
}

/** The device of that name. Ends the process with code 2 for another. */
export function deviceOption(name: string | undefined): { readonly device?: Device } {
  if (name === undefined) return {};
  const device = DEVICES.find((known) => known === name);
  if (device !== undefined) return { device };
  note(`--device takes ${DEVICES.join(', ')}, not "${name}".`);
  process.exit(2);
}

/** The arithmetic of that name. Ends the process with code 2 for another. */
export function arithmeticOption(name: string | undefined): { readonly arithmetic?: Arithmetic } {
  if (name === undefined) return {};
  const arithmetic = ARITHMETICS.find((known) => known === name);
  if (arithmetic !== undefined) return { arithmetic };
  note(`--arithmetic takes ${ARITHMETICS.join(' or ')}, not "${name}".`);
  process.exit(2);
}
