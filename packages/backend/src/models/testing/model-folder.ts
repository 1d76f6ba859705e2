import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hubTokenizerOf } from '../../../../core/src/text/testing/hub-tokenizer.js';
import { smallByteLevelMetadata } from '../../../../core/src/text/testing/small-vocabularies.js';
import { writeGguf } from '../../weights/testing/write-gguf.js';
import type { ModelConfiguration } from '../configuration.js';
import type { NamedTensors } from './plain-forward.js';
import { configJson, ggufContent, randomTensors, safetensorsFile } from './random-files.js';
import { smallConfiguration } from './random-model.js';

/** Tokens of the vocabulary of `hubTokenizer` and `ggufModel`. */
export const SMALL_VOCABULARY = 270;

export const folderConfiguration: ModelConfiguration = {
  ...smallConfiguration('llama'),
  vocabularySize: SMALL_VOCABULARY,
};

export const folderTensors: NamedTensors = randomTensors(folderConfiguration, 5);

/** A small `tokenizer.json`. */
export function hubTokenizer() {
  return hubTokenizerOf(smallByteLevelMetadata());
}

/** Writes a whole model as the hub has it. Strings are written as they are, `undefined` leaves a file out. */
export async function writeModelFolder(
  folder: string,
  changes: {
    readonly config?: object;
    readonly tensors?: NamedTensors;
    readonly files?: Readonly<Record<string, object | string>>;
  } = {},
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const files = {
    'config.json': { ...configJson(folderConfiguration), ...changes.config },
    'tokenizer.json': hubTokenizer(),
    'tokenizer_config.json': { bos_token: '<|im_start|>', eos_token: '<|im_end|>', add_bos_token: false },
    ...changes.files,
  };
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
  await writeFile(join(folder, 'model.safetensors'), safetensorsFile(changes.tensors ?? folderTensors));
}

/** The same model as one GGUF file. */
export function ggufModel(
  changes: {
    readonly metadata?: Readonly<Record<string, number | string | boolean>>;
    readonly tensors?: NamedTensors;
  } = {},
): Uint8Array {
  const { metadata, tensors } = ggufContent(changes.tensors ?? folderTensors, folderConfiguration);
  const text = Object.fromEntries(
    [...smallByteLevelMetadata()].map(([key, value]) => [
      key,
      typeof value === 'bigint' ? Number(value) : ArrayBuffer.isView(value) ? [...(value as Int32Array)] : value,
    ]),
  ) as Record<string, string | number>;
  return writeGguf({ metadata: { ...metadata, ...text, ...changes.metadata }, tensors });
}
