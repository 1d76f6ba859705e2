/** `model-00002-of-00005.gguf`, as llama.cpp names the parts of a split file. */
const PART = /^(.*-)(\d{5})(-of-)(\d{5})(\.gguf)$/i;

/** The names of all parts that belong to the name of one of them, in their order; `undefined` for the name of a whole file. */
export function splitPartNames(name: string): readonly string[] | undefined {
  const [, head, , of, count = '', extension] = PART.exec(name) ?? [];
  const total = Number(count);
  if (total === 0 || head === undefined) return undefined;
  return Array.from({ length: total }, (_, i) => `${head}${String(i + 1).padStart(5, '0')}${of}${count}${extension}`);
}

/** Whether a name is that of the first part of a split file, or of a whole file: what stands for the model. */
export function standsForModel(name: string): boolean {
  const parts = splitPartNames(name);
  return parts === undefined || parts[0] === name;
}
