import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Files beside safetensors weights that say how to use them; those a repository has are fetched with the weights. */
export const COMPANION_NAMES: readonly string[] = [
  'config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'generation_config.json',
  'chat_template.jinja',
];

export interface CompanionFiles {
  readonly configuration?: string;
  readonly tokenizer?: string;
  readonly tokenizerConfiguration?: string;
}

/** The companions that lie beside the weights. A GGUF file has none: it carries all in its metadata. */
export async function companionsOf(weights: string): Promise<CompanionFiles> {
  if (weights.toLowerCase().endsWith('.gguf')) return {};
  const [configuration, tokenizer, tokenizerConfiguration] = await Promise.all(
    COMPANION_NAMES.slice(0, 3).map(async (name) => {
      const path = join(dirname(weights), name);
      const found = await stat(path).catch(() => undefined);
      return found?.isFile() ? path : undefined;
    }),
  );
  return {
    ...(configuration === undefined ? {} : { configuration }),
    ...(tokenizer === undefined ? {} : { tokenizer }),
    ...(tokenizerConfiguration === undefined ? {} : { tokenizerConfiguration }),
  };
}
