import { characterOfByte } from '../byte-level.js';

/** Metadata of a byte-level BPE model: the 256 bytes, a few merges, then special tokens. */
export function smallByteLevelMetadata(changes: Readonly<Record<string, unknown>> = {}): Map<string, unknown> {
  const merges = ['h e', 'l l', 'he ll', 'hell o', 'Ġ w', 'Ġw o', 'r l', 'rl d', 'Ġwo rld', 'Ã ¤'];
  const special = ['<|endoftext|>', '<|im_start|>', '<|im_end|>', '<tool>'];
  const tokens = [...characterOfByte, ...merges.map((merge) => merge.replace(' ', '')), ...special];
  const types = tokens.map((token) => (token === '<tool>' ? 4 : special.includes(token) ? 3 : 1));
  return new Map<string, unknown>(
    Object.entries({
      'tokenizer.ggml.model': 'gpt2',
      'tokenizer.ggml.pre': 'smollm',
      'tokenizer.ggml.tokens': tokens,
      'tokenizer.ggml.token_type': Int32Array.from(types),
      'tokenizer.ggml.merges': merges,
      'tokenizer.ggml.bos_token_id': BigInt(tokens.indexOf('<|im_start|>')),
      'tokenizer.ggml.eos_token_id': tokens.indexOf('<|im_end|>'),
      ...changes,
    }).filter(([, value]) => value !== undefined),
  );
}

/** Metadata of a SentencePiece model with byte fallback. */
export function smallSentencePieceMetadata(changes: Readonly<Record<string, unknown>> = {}): Map<string, unknown> {
  const bytes = Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`);
  const words = ['▁', 'h', 'e', 'l', 'o', 'w', 'r', 'd', 'ä', '▁h', 'el', 'll', 'ell', '▁hello', '▁hell', 'lo'];
  const tokens = ['<unk>', '<s>', '</s>', ...bytes, ...words];
  const types = tokens.map((_, id) => (id === 0 ? 2 : id < 3 ? 3 : id < 259 ? 6 : 1));
  const scores = tokens.map((token, id) => (id < 259 ? 0 : words.indexOf(token) < 9 ? -1000 : -words.indexOf(token)));
  return new Map<string, unknown>(
    Object.entries({
      'tokenizer.ggml.model': 'llama',
      'tokenizer.ggml.tokens': tokens,
      'tokenizer.ggml.token_type': types,
      'tokenizer.ggml.scores': Float32Array.from(scores),
      'tokenizer.ggml.bos_token_id': 1,
      'tokenizer.ggml.eos_token_id': 2,
      ...changes,
    }).filter(([, value]) => value !== undefined),
  );
}
