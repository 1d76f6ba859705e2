import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ForetokenError } from '@foretoken/core';
import type { Tokenizer } from '@foretoken/core/text';
import {
  type ChatTemplate,
  chatTemplateOfConfig,
  chatTemplateOfGguf,
  createChatTemplate,
  createTokenizerFromGguf,
  createTokenizerFromJson,
} from '@foretoken/core/text';
import { type ResolvedModel, type ResolveModelOptions, resolveModel } from '../sources/resolve-model.js';
import { openWeights } from '../weights/open-weights.js';
import type { WeightsFile } from '../weights/weights-file.js';
import { type ModelConfiguration, UnsupportedModelError } from './configuration.js';
import { familyOf } from './families/index.js';
import { configurationFromGguf } from './gguf-configuration.js';
import { configurationFromHuggingFace } from './hugging-face-configuration.js';
import { refuseUnusedTensors } from './unused-tensors.js';

/** The tokenizer and chat template of a model, which turn conversations into tokens and tokens into text. */
export interface ModelText {
  readonly name: string;
  readonly tokenizer: Tokenizer;
  /** Absent when the model's files carry none (a base model). */
  readonly chatTemplate: ChatTemplate | undefined;
  /** Longest sequence in tokens that the model supports. */
  readonly contextLength: number;
  /** Length of a row of logits; the tokenizer may know fewer tokens. */
  readonly vocabularySize: number;
  readonly configuration: ModelConfiguration;
}

/**
 * Reads the tokenizer, chat template and shape of a model, without TensorFlow and without its weights: for a process
 * that handles requests while another one runs the model. Takes the same references as `loadModel`.
 *
 * @throws {ForetokenError} `UnknownModelError` for a reference that matches nothing, `WeightsFormatError` for a corrupt
 * file, `UnsupportedModelError` for a model that can't be run.
 *
 * @example
 * ```ts
 * import { loadModelText } from '@foretoken/backend';
 *
 * const { tokenizer, chatTemplate } = await loadModelText('smollm2-135m-instruct');
 * const prompt = chatTemplate?.apply([{ role: 'user', content: 'Hello' }], { addGenerationPrompt: true });
 * console.log(tokenizer.encode(prompt ?? 'Hello', { specialTokens: true }));
 * ```
 */
export async function loadModelText(reference: string, options: ResolveModelOptions = {}): Promise<ModelText> {
  const files = await resolveModel(reference, options);
  const file = await openWeights(files.weights);
  try {
    return await readModelText(file, files);
  } finally {
    await file.close();
  }
}

/** The text side of a model whose weights are open. */
export async function readModelText(file: WeightsFile, files: ResolvedModel): Promise<ModelText> {
  const parts = file.format === 'gguf' ? await readGguf(file) : await readHuggingFace(file, files);
  const { contextLength, vocabularySize } = parts.configuration;
  refuseUnusedTensors(file, parts.configuration);
  if (parts.tokenizer.vocabularySize > vocabularySize) {
    throw new UnsupportedModelError(
      `The vocabulary has ${parts.tokenizer.vocabularySize} tokens, but the embedding matrix only ${vocabularySize} rows: tokens from ${vocabularySize} on could not be run. The files don't belong together; fetch them again.`,
      { tokens: parts.tokenizer.vocabularySize, rows: vocabularySize },
    );
  }
  return { name: files.name, contextLength, vocabularySize, ...parts };
}

type TextParts = Pick<ModelText, 'configuration' | 'tokenizer' | 'chatTemplate'>;

async function readGguf(file: WeightsFile): Promise<TextParts> {
  const factors = file.tensors.has('rope_freqs.weight') ? await file.readFloat32('rope_freqs.weight') : undefined;
  const configuration = configurationFromGguf(file.metadata, {
    has: (name) => file.tensors.has(name),
    rows: (name) => file.tensors.get(name)?.shape[0],
    ropeFactors: factors,
  });
  const tokenizer = createTokenizerFromGguf(file.metadata);
  return { configuration, tokenizer, chatTemplate: templateOf(chatTemplateOfGguf(file.metadata), tokenizer) };
}

async function readHuggingFace(file: WeightsFile, files: ResolvedModel): Promise<TextParts> {
  const folder = dirname(files.weights);
  const config = await readJson(files.configuration ?? join(folder, 'config.json'));
  const configuration = configurationFromHuggingFace(config, { has: (name) => file.tensors.has(name) });
  const tokenizerConfiguration = files.tokenizerConfiguration ? await readJson(files.tokenizerConfiguration) : {};
  const generation = files.generationConfiguration ? await readJson(files.generationConfiguration) : {};
  const tokenizer = createTokenizerFromJson(
    withoutRowless(await readJson(files.tokenizer ?? join(folder, 'tokenizer.json')), configuration),
    tokenizerConfiguration,
    { endTokens: endTokensOf(generation, 'generation_config.json') ?? endTokensOf(config, 'config.json') ?? [] },
  );
  // The file of its own is the newer way, and counts where both are there.
  const template = files.chatTemplate
    ? await readFile(files.chatTemplate, 'utf8')
    : chatTemplateOfConfig(tokenizerConfiguration);
  return {
    configuration,
    tokenizer,
    chatTemplate: templateOf(template, tokenizer),
  };
}

/** A `tokenizer.json` without the tokens that the family can't run and does not need. */
function withoutRowless(tokenizer: object, configuration: ModelConfiguration): object {
  const { tokensWithoutRow = [] } = familyOf(configuration);
  const { added_tokens: added } = tokenizer as { readonly added_tokens?: readonly { id: number; content: string }[] };
  if (tokensWithoutRow.length === 0 || !Array.isArray(added)) return tokenizer;
  const isRun = ({ id, content }: { readonly id: number; readonly content: string }): boolean =>
    id < configuration.vocabularySize || !tokensWithoutRow.includes(content);
  return { ...tokenizer, added_tokens: added.filter(isRun) };
}

/** One id, or several: a chat model ends its turn with another token than a text. */
function endTokensOf(configuration: object, where: string): readonly number[] | undefined {
  const { eos_token_id: said } = configuration as { readonly eos_token_id?: unknown };
  if (said === undefined || said === null) return undefined;
  const ids: readonly unknown[] = Array.isArray(said) ? said : [said];
  if (ids.every((id) => Number.isInteger(id))) return ids.map(Number);
  throw new UnsupportedModelError(
    `${where} says 'eos_token_id' = ${JSON.stringify(said)}; it must be a token id or a list of them.`,
    { said },
  );
}

function templateOf(source: string | undefined, tokenizer: Tokenizer): ChatTemplate | undefined {
  if (source === undefined) return undefined;
  const { bosToken, endTokens } = tokenizer;
  const [endToken] = endTokens;
  return createChatTemplate(source, {
    ...(bosToken === undefined ? {} : { bosToken: tokenizer.tokenText(bosToken) }),
    ...(endToken === undefined ? {} : { eosToken: tokenizer.tokenText(endToken) }),
  });
}

async function readJson(path: string): Promise<object> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new ForetokenError(
      `The model has no readable '${basename(path)}' at ${path}. A safetensors model needs config.json and tokenizer.json beside its weights.`,
      { code: 'model-file-missing', details: { path }, cause },
    );
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch (cause) {
    throw new UnsupportedModelError(`${path} is not valid JSON: ${cause instanceof Error ? cause.message : cause}.`, {
      path,
    });
  }
  throw new UnsupportedModelError(`${path} holds no JSON object.`, { path });
}
