import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadModelText } from '@foretoken/backend';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UnsupportedModelError } from './configuration.js';
import { folderTensors, ggufModel, hubTokenizer, SMALL_VOCABULARY, writeModelFolder } from './testing/model-folder.js';
import type { NamedTensors } from './testing/plain-forward.js';
import { configJson, randomTensors } from './testing/random-files.js';
import { smallConfiguration } from './testing/random-model.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'foretoken-text-'));
});
afterEach(() => rm(folder, { recursive: true }));

function withTensors(...names: readonly string[]): NamedTensors {
  const extra = names.map((name) => [name, { shape: [24], values: new Float32Array(24) }] as const);
  return new Map([...folderTensors, ...extra]);
}

const HELLO = [{ role: 'user', content: 'Hello' }];

describe('companion files', () => {
  it('reads the chat template from its own file, before the one in tokenizer_config.json', async () => {
    const configured = { bos_token: '<|im_start|>', eos_token: '<|im_end|>', chat_template: 'old' };
    await writeModelFolder(folder, { files: { 'tokenizer_config.json': configured } });
    expect((await loadModelText(folder)).chatTemplate?.apply(HELLO)).toBe('old');
    await writeFile(join(folder, 'chat_template.jinja'), '{{ messages[0].content }}{{ eos_token }}');
    expect((await loadModelText(folder)).chatTemplate?.apply(HELLO)).toBe('Hello<|im_end|>');
  });

  it('reads it where no other file has one, and one of several that have names', async () => {
    const several = [
      { name: 'rag', template: 'for documents' },
      { name: 'default', template: 'for all' },
    ];
    const named = { bos_token: '<|im_start|>', eos_token: '<|im_end|>', chat_template: several };
    await writeModelFolder(folder, { files: { 'tokenizer_config.json': named } });
    expect((await loadModelText(folder)).chatTemplate?.apply(HELLO)).toBe('for all');
    await writeModelFolder(folder, { files: { 'chat_template.jinja': '{{ bos_token }}{{ messages | length }}' } });
    expect((await loadModelText(folder)).chatTemplate?.apply(HELLO)).toBe('<|im_start|>1');
  });

  it('refuses a template that can not be read', async () => {
    await writeModelFolder(folder, { files: { 'chat_template.jinja': '{% if %}' } });
    await expect(loadModelText(folder)).rejects.toMatchObject({ code: 'chat-template' });
  });

  it.each(['{', '[]', '7', 'null'])('refuses %j as generation_config.json', async (content) => {
    await writeModelFolder(folder, { files: { 'generation_config.json': content } });
    await expect(loadModelText(folder)).rejects.toThrow(/generation_config\.json/);
  });

  it.each<[string, Readonly<Record<string, object>>, object, readonly number[]]>([
    ['an empty list', { 'generation_config.json': { eos_token_id: [] } }, {}, [266, 268]],
    ['what is known already', { 'generation_config.json': { eos_token_id: [268, 266, 268] } }, {}, [266, 268]],
    ['none', {}, {}, [266, 268]],
    ['a list', { 'generation_config.json': { eos_token_id: [268, 7, 9] } }, {}, [266, 268, 7, 9]],
    ['one', { 'generation_config.json': { eos_token_id: 11 } }, {}, [266, 268, 11]],
    ['those of config.json', {}, { eos_token_id: [12] }, [266, 268, 12]],
    ['null', { 'generation_config.json': { eos_token_id: null } }, { eos_token_id: 13 }, [266, 268, 13]],
    ['both', { 'generation_config.json': { eos_token_id: 11 } }, { eos_token_id: 13 }, [266, 268, 11]],
  ])('ends at the further end tokens: %s', async (_, files, config, ends) => {
    await writeModelFolder(folder, { files, config });
    const { tokenizer } = await loadModelText(folder);
    expect([...tokenizer.endTokens].sort((a, b) => a - b)).toEqual([...ends].sort((a, b) => a - b));
  });

  it.each([['2'], [[1.5]], [99_999], [-1], [[7, null]], [{ id: 7 }]])(
    'refuses the end token %j',
    async (eos_token_id) => {
      await writeModelFolder(folder, { files: { 'generation_config.json': { eos_token_id } } });
      await expect(loadModelText(folder)).rejects.toThrow(/eos_token_id|99999|-1/);
    },
  );
});

describe('tensors that no layer reads', () => {
  it.each([
    'model.layers.0.self_attn.q_norm.weight',
    'model.layers.1.self_attn.o_proj.bias',
    'model.layers.0.mlp.router.weight',
    'model.layers.2.input_layernorm.weight',
    'model.layers.0.self_attn.q_proj.weight_scale',
    'score.weight',
  ])('refuses %s by name', async (name) => {
    await writeModelFolder(folder, { tensors: withTensors(name) });
    await expect(loadModelText(folder)).rejects.toThrow(UnsupportedModelError);
    await expect(loadModelText(folder)).rejects.toThrow(`'${name}'`);
  });

  it.each(['model.layers.0.self_attn.rotary_emb.inv_freq', 'model.rotary_emb.inv_freq'])('passes %s', async (name) => {
    await writeModelFolder(folder, { tensors: withTensors(name) });
    expect((await loadModelText(folder)).vocabularySize).toBe(SMALL_VOCABULARY);
  });

  it('passes a stray output matrix of a tied model', async () => {
    await writeModelFolder(folder, { config: { tie_word_embeddings: true } });
    expect((await loadModelText(folder)).configuration.tiedEmbeddings).toBe(true);
  });

  it.each([
    'blk.0.attn_q_norm.weight',
    'blk.1.attn_output.bias',
    'blk.0.ffn_gate_inp.weight',
    'rope_factors_long.weight',
    'blk.0.attn_sinks.weight',
  ])('refuses %s of a GGUF file by name', async (name) => {
    const path = join(folder, 'model.gguf');
    await writeFile(path, ggufModel({ tensors: withTensors(name) }));
    await expect(loadModelText(path)).rejects.toThrow(`'${name}'`);
  });

  it('refuses a GGUF file with more layers than it says', async () => {
    const path = join(folder, 'model.gguf');
    await writeFile(path, ggufModel());
    expect((await loadModelText(path)).configuration.layers).toBe(2);
    await writeFile(path, ggufModel({ metadata: { 'llama.block_count': 1 } }));
    await expect(loadModelText(path)).rejects.toThrow(/'blk\.1\..* of 1 layers|1 layers.*'blk\.1\./);
  });
});

describe('a vocabulary longer than the matrix', () => {
  const short = (rows: number): NamedTensors =>
    new Map(
      [...folderTensors].map(([name, { shape, values }]) =>
        shape[0] === SMALL_VOCABULARY
          ? [name, { shape: [rows, 24], values: values.slice(0, rows * 24) }]
          : [name, { shape, values }],
      ),
    );

  it.each([200, SMALL_VOCABULARY - 1])('is refused in a folder: %d rows', async (rows) => {
    await writeModelFolder(folder, { tensors: short(rows), config: { vocab_size: rows } });
    await expect(loadModelText(folder)).rejects.toThrow(
      `${SMALL_VOCABULARY} tokens, but the embedding matrix only ${rows}`,
    );
  });

  it.each([200, SMALL_VOCABULARY - 1])('is refused in a GGUF file: %d rows', async (rows) => {
    const path = join(folder, 'model.gguf');
    await writeFile(path, ggufModel({ tensors: short(rows) }));
    await expect(loadModelText(path)).rejects.toThrow(
      `${SMALL_VOCABULARY} tokens, but the embedding matrix only ${rows}`,
    );
  });

  it('is taken where only the token of images lies behind the matrix of a gemma3_text model', async () => {
    const configuration = { ...smallConfiguration('gemma3'), vocabularySize: SMALL_VOCABULARY };
    const tokenizer = hubTokenizer();
    const write = (content: string) => {
      const token = { ...tokenizer.added_tokens[0]!, id: SMALL_VOCABULARY, content };
      const files = {
        'config.json': configJson(configuration),
        'tokenizer.json': { ...tokenizer, added_tokens: [...tokenizer.added_tokens, token] },
      };
      return writeModelFolder(folder, { tensors: randomTensors(configuration, 5), files });
    };
    await write('<image_soft_token>');
    expect((await loadModelText(folder)).tokenizer.vocabularySize).toBe(SMALL_VOCABULARY);
    await write('<another>');
    await expect(loadModelText(folder)).rejects.toThrow('embedding matrix only');
  });
});
