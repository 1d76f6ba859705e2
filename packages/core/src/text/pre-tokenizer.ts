import { UnsupportedTokenizerError } from './errors.js';

/** How a byte-level BPE tokenizer cuts text into words before it merges, and how it treats a whole word. */
export interface PreTokenizer {
  /** Applied one after the other; what a pattern doesn't match stays a piece of its own. */
  readonly patterns: readonly RegExp[];
  /** A word that is itself a token is taken without merging. */
  readonly takesWholeWords: boolean;
  /** Whether a text begins with BOS when the metadata doesn't say. */
  readonly addsBos: boolean;
}

/*
 * The patterns are those of the models' own tokenizer.json. A JavaScript `\s` differs from Unicode's White_Space
 * (U+FEFF, U+0085), and inline `(?i:…)` needs Node 23, so both are written out.
 */
const contraction = "'(?:[sS]|[tT]|[rR][eE]|[vV][eE]|[mM]|[lL][lL]|[dD])";
const gpt2 = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
const tail = '| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+';
const llama3 = `${contraction}|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}${tail}`;
const qwen2 = `${contraction}|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}${tail}`;
const upper = '[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]';
const lower = '[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]';
const cased = (suffix: string, digits: string): string =>
  `[^\\r\\n\\p{L}\\p{N}]?${upper}*${lower}+${suffix}|[^\\r\\n\\p{L}\\p{N}]?${upper}+${lower}*${suffix}|${digits}` +
  '| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+';

const likeLlama3 = { takesWholeWords: true, addsBos: true };

const families: readonly (Partial<Omit<PreTokenizer, 'patterns'>> & {
  readonly names: readonly string[];
  readonly patterns: readonly string[];
})[] = [
  { names: ['gpt-2', 'gpt2', 'phi-2', 'olmo', 'mpt', 'jais', 'granite-docling'], patterns: [gpt2] },
  {
    names: ['smollm', 'starcoder', 'refact', 'command-r', 'codeshell', 'exaone', 'minerva-7b'],
    patterns: ['\\p{N}', gpt2],
  },
  { names: ['llama-bpe', 'llama3', 'llama-v3', 'falcon3'], patterns: [llama3], ...likeLlama3 },
  { names: ['dbrx', 'smaug-bpe'], patterns: [llama3] },
  { names: ['qwen2', 'stablelm2', 'deepseek-r1-qwen', 'megrez', 'hunyuan'], patterns: [qwen2] },
  { names: ['gpt-4o'], patterns: [cased(`(?:${contraction})?`, '\\p{N}{1,3}')] },
  { names: ['tekken'], patterns: [cased('', '\\p{N}')], ...likeLlama3 },
];

/** The names of `tokenizer.ggml.pre` that `createTokenizerFromGguf` knows. */
export const preTokenizerNames: readonly string[] = families.flatMap((family) => family.names);

/** The pre-tokenizer of this name. Throws `UnsupportedTokenizerError` for an unknown one. */
export function preTokenizerNamed(name: string | undefined): PreTokenizer {
  const family = families.find(({ names }) => name !== undefined && names.includes(name));
  if (family) {
    const { patterns, takesWholeWords = false, addsBos = false } = family;
    return { patterns: patterns.map(compile), takesWholeWords, addsBos };
  }
  throw new UnsupportedTokenizerError(
    `${name === undefined ? 'The file names no pre-tokenizer' : `The pre-tokenizer ${JSON.stringify(name)} is unknown`} (tokenizer.ggml.pre), and a wrong one gives wrong tokens without a sign. If you know which one the model was trained with, pass it as the option \`preTokenizer\`: ${preTokenizerNames.join(', ')}.`,
    { preTokenizer: name, supported: preTokenizerNames },
  );
}

/** Cuts a text into words, one after the other. Their concatenation is the text. */
export function* splitWords(text: string, patterns: readonly RegExp[]): Generator<string, void, undefined> {
  const [pattern, ...finer] = patterns;
  if (pattern === undefined) {
    if (text !== '') yield text;
    return;
  }
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    if (match.index > end) yield* splitWords(text.slice(end, match.index), finer);
    if (match[0].length > 0) yield* splitWords(match[0], finer);
    end = match.index + match[0].length;
  }
  yield* splitWords(text.slice(end), finer);
}

function compile(pattern: string): RegExp {
  return new RegExp(pattern.replaceAll('\\s', '\\p{White_Space}').replaceAll('\\S', '\\P{White_Space}'), 'gu');
}
