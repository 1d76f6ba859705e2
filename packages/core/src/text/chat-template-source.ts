import { ChatTemplateError } from './errors.js';

/** The chat template that a GGUF file carries, or `undefined`. Throws `ChatTemplateError` when it is not text. */
export function chatTemplateOfGguf(metadata: ReadonlyMap<string, unknown>): string | undefined {
  const source = metadata.get('tokenizer.chat_template');
  if (source === undefined || typeof source === 'string') return source;
  throw new ChatTemplateError(`tokenizer.chat_template is a ${typeof source}; it must be a string.`);
}

/**
 * The chat template of a `tokenizer_config.json`, which has one, or several with names.
 * `name` picks among several and is `default` when left out. `undefined` when the file has no template.
 * Throws `ChatTemplateError` when there is none of this name or the entry is malformed.
 */
export function chatTemplateOfConfig(tokenizerConfig: object, name = 'default'): string | undefined {
  const templates = (tokenizerConfig as { readonly chat_template?: unknown }).chat_template;
  if (templates === undefined || templates === null) return undefined;
  if (typeof templates === 'string') return templates;
  if (!Array.isArray(templates))
    throw new ChatTemplateError('chat_template must be a string or an array of { name, template }.');
  const named = templates.map((entry: unknown, index): { readonly name: string; readonly template: string } => {
    const { name, template } = (entry ?? {}) as { readonly name?: unknown; readonly template?: unknown };
    if (typeof name === 'string' && typeof template === 'string') return { name, template };
    throw new ChatTemplateError(`chat_template[${index}] must have a name and a template, both strings.`, { index });
  });
  const found = named.find((entry) => entry.name === name);
  if (found) return found.template;
  const names = named.map((entry) => entry.name);
  throw new ChatTemplateError(
    `There is no chat template named ${JSON.stringify(name)}; there are: ${names.join(', ')}.`,
    { name, names },
  );
}
