/** The tokenizer.json that says the same as a GGUF file with the pre-tokenizer `smollm`. */
export function hubTokenizerOf(metadata: ReadonlyMap<string, unknown>) {
  const tokens = metadata.get('tokenizer.ggml.tokens') as readonly string[];
  const types = Array.from(metadata.get('tokenizer.ggml.token_type') as ArrayLike<number | bigint>, Number);
  return {
    added_tokens: tokens.flatMap((content, id) =>
      types[id] === 1
        ? []
        : [
            {
              id,
              content,
              special: types[id] === 3,
              lstrip: false,
              rstrip: false,
              normalized: false,
              single_word: false,
            },
          ],
    ),
    normalizer: null,
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Digits', individual_digits: true },
        { type: 'ByteLevel', add_prefix_space: false, use_regex: true },
      ],
    },
    post_processor: null,
    decoder: { type: 'ByteLevel' },
    model: {
      type: 'BPE',
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges: metadata.get('tokenizer.ggml.merges'),
    },
  };
}
