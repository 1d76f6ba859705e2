import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Files beside safetensors weights that say how to use them; those a repository has are fetched with the weights. */
const COMPANIONS = {
  /** Path of config.json. */
  configuration: 'config.json',
  /** Path of tokenizer.json. */
  tokenizer: 'tokenizer.json',
  /** Path of tokenizer_config.json. */
  tokenizerConfiguration: 'tokenizer_config.json',
  /** Path of generation_config.json. */
  generationConfiguration: 'generation_config.json',
  /** Path of chat_template.jinja. */
  chatTemplate: 'chat_template.jinja',
} as const;

export const COMPANION_NAMES: readonly string[] = Object.values(COMPANIONS);

/** Paths of the companions that are there. */
export type CompanionFiles = { readonly [role in keyof typeof COMPANIONS]?: string };

/** The companions that lie beside the weights. A GGUF file has none: it carries all in its metadata. */
export async function companionsOf(weights: string): Promise<CompanionFiles> {
  if (weights.toLowerCase().endsWith('.gguf')) return {};
  const found = await Promise.all(
    Object.entries(COMPANIONS).map(async ([role, name]) => {
      const path = join(dirname(weights), name);
      const file = await stat(path).catch(() => undefined);
      return file?.isFile() ? [[role, path]] : [];
    }),
  );
  return Object.fromEntries(found.flat()) as CompanionFiles;
}
