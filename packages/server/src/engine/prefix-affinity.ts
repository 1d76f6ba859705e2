/** Tokens whose beginnings are told apart: a system prompt that is shorter is read again faster than it is looked for. */
const BLOCK = 32;
/** Blocks that are looked at: beyond them it no longer matters which engine it is. */
const MOST_BLOCKS = 64;
/** Beginnings remembered of each engine, about as many as its KV cache can hold. */
const MOST_REMEMBERED = 2_048;

/** Remembers which engine has read prompts that began alike: it may still have them in its KV cache. */
export class PrefixAffinity {
  /** Of each engine, the hashes of the beginnings that it has read, least recently read first. */
  readonly #read = new Map<number, Set<number>>();

  /** Tokens at the beginning of a prompt that the engine has read before for this scope, in whole blocks. */
  known(engine: number, prompt: Int32Array, scope: string): number {
    const read = this.#read.get(engine);
    if (read === undefined) return 0;
    const hashes = beginnings(prompt, scope);
    const missing = hashes.findIndex((hash) => !read.has(hash));
    return (missing < 0 ? hashes.length : missing) * BLOCK;
  }

  /** The engine reads this prompt for a scope. */
  note(engine: number, prompt: Int32Array, scope: string): void {
    const read = this.#read.get(engine) ?? new Set();
    this.#read.set(engine, read);
    for (const hash of beginnings(prompt, scope)) {
      read.delete(hash);
      read.add(hash);
    }
    for (const oldest of read) {
      if (read.size <= MOST_REMEMBERED) break;
      read.delete(oldest);
    }
  }

  /** The engine was started again and has nothing. */
  forget(engine: number): void {
    this.#read.delete(engine);
  }
}

/** A hash of the first block, of the first two, and so on (FNV-1a over the scope and the tokens). Two prompts with equal hashes are only sent the same way. */
function beginnings(prompt: Int32Array, scope: string): number[] {
  const hashes: number[] = [];
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(scope)) hash = Math.imul(hash ^ byte, 0x01000193);
  for (const [index, token] of prompt.subarray(0, MOST_BLOCKS * BLOCK).entries()) {
    hash = Math.imul(hash ^ token, 0x01000193);
    if ((index + 1) % BLOCK === 0) hashes.push(hash);
  }
  return hashes;
}
