/** Quantisations in a file's name whose weights can be read, the one that is taken where nothing is said first, then the nearest. */
const PREFERRED = [
  'Q4_K_M',
  'Q4_K_S',
  'Q5_K_M',
  'Q5_K_S',
  'Q4_1',
  'Q4_0',
  'Q5_1',
  'Q5_0',
  'Q6_K',
  'Q8_0',
  'BF16',
  'F16',
  'F32',
];

/** Set off by other than letters and digits: `x-Q4_K_M.gguf`, `x.q4_k_m-00001-of-00002.gguf`, `Q8_0/x.gguf`. */
const NAMED = /(?<![A-Za-z0-9])((?:IQ|TQ|Q)\d(?:_[A-Z0-9]+)*|BF16|F16|F32|FP16|FP32|MXFP4)(?![A-Za-z0-9])/gi;

/** The quantisation that a file's path names, in capitals. */
export function quantisationOf(path: string): string | undefined {
  const [last] = [...path.matchAll(NAMED)].reverse();
  return last?.[1]?.toUpperCase().replace(/^FP/, 'F');
}

/** Whether a word is the name of a quantisation, and not of a file. */
export function isQuantisation(word: string): boolean {
  return quantisationOf(word)?.length === word.length || /^FP(16|32)$/i.test(word);
}

/** How near a file's quantisation is to the one that is taken where nothing is said: 0 is it, `Infinity` can't be read. */
export function distance(path: string): number {
  const at = PREFERRED.indexOf(quantisationOf(path) ?? '');
  return at < 0 ? Number.POSITIVE_INFINITY : at;
}
