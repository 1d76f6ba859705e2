import { type RememberingDrafter, recycling, suffix } from '@foretoken/draft';

/** The drafters of one scope that keep something from one generation to the next. */
export interface DrafterMemory {
  readonly suffix: RememberingDrafter;
  readonly recycling: RememberingDrafter;
}

export interface DrafterMemoriesOptions {
  /** Scopes remembered at a time. Integer >= 1. @default 256 */
  readonly scopes?: number;
  /** Bytes that all of them may hold together before a further scope is added. @default 64 MiB */
  readonly bytes?: number;
}

/**
 * What drafters have learned, separate for each scope, because a guess made from another tenant's text would reveal it,
 * even if it is rejected. Limited in number and size; the least recently used scope is evicted first.
 */
export class DrafterMemories {
  readonly #scopes: number;
  readonly #bytes: number;
  /** Least recently asked for first. */
  readonly #memories = new Map<string, DrafterMemory>();

  constructor({ scopes = 256, bytes = 64 * 2 ** 20 }: DrafterMemoriesOptions = {}) {
    this.#scopes = scopes;
    this.#bytes = bytes;
  }

  of(scope: string): DrafterMemory {
    const memory = this.#memories.get(scope) ?? { suffix: suffix(), recycling: recycling() };
    this.#memories.delete(scope);
    this.#memories.set(scope, memory);
    for (const oldest of this.#memories.keys()) {
      if (oldest === scope || (this.#memories.size <= this.#scopes && this.bytes <= this.#bytes)) break;
      this.#memories.delete(oldest);
    }
    return memory;
  }

  /** Held now. What a generation of a forgotten scope still uses is freed when that ends. */
  get bytes(): number {
    let sum = 0;
    for (const { suffix, recycling } of this.#memories.values()) {
      sum += suffix.rememberedBytes + recycling.rememberedBytes;
    }
    return sum;
  }
}
