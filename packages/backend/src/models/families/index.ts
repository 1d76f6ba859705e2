import type { Family } from './family.js';
import { gemma3 } from './gemma3.js';
import { llama } from './llama.js';
import { qwen2 } from './qwen2.js';
import { qwen3 } from './qwen3.js';

/** Families that can be run. */
export const FAMILIES: readonly Family[] = [llama, qwen2, qwen3, gemma3];

/** The family of a configuration. */
export function familyOf({ family }: { readonly family: string }): Family {
  const found = FAMILIES.find(({ name }) => name === family);
  if (!found) throw new Error(`no family is called '${family}'`);
  return found;
}
