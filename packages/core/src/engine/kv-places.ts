import type { LanguageModel, Sequence } from '../contracts/language-model.js';
import { ForetokenError } from '../errors.js';
import type { EngineTask } from './engine-task.js';
import { type IdleSequence, IdleSequences } from './idle-sequences.js';

/** Where a request's first tokens come from. */
export type PrefixSource =
  | { readonly kind: 'nowhere' }
  | { readonly kind: 'idle'; readonly entry: IdleSequence; readonly tokens: number }
  | { readonly kind: 'running'; readonly task: EngineTask; readonly tokens: number }
  /** Another request is just scoring the same tokens: waiting for them costs less than scoring them twice. */
  | { readonly kind: 'soon' };

/** Fewer common tokens than this are scored again: they cost no more than one small forward. */
const LEAST_REUSED_TOKENS = 16;

/** The slots of the model's KV cache: of running requests, and left by those that are over. */
export class KvPlaces {
  readonly idle = new IdleSequences();
  readonly #model: LanguageModel;
  readonly #slots: number;

  constructor(model: LanguageModel, slots: number) {
    this.#model = model;
    this.#slots = slots;
  }

  /** The longest beginning of a waiting request that is, or will soon be, in the KV cache for requests of its scope. */
  source(task: EngineTask, everybody: readonly EngineTask[]): PrefixSource {
    const { history } = task.generation;
    const running = everybody.filter(({ prefixScope }) => prefixScope === task.prefixScope);
    let best: PrefixSource = { kind: 'nowhere' };
    let most = LEAST_REUSED_TOKENS - 1;
    for (const entry of this.idle.entries) {
      if (entry.scope !== task.prefixScope) continue;
      const tokens = history.commonPrefix(entry.history, Math.min(entry.sequence.length, task.prefix));
      if (tokens > most) best = { kind: 'idle', entry, tokens };
      most = Math.max(most, tokens);
    }
    for (const other of running) {
      const { history: theirs, sequence } = other.generation;
      const tokens = history.commonPrefix(theirs, Math.min(sequence.length, task.prefix));
      if (tokens > most) best = { kind: 'running', task: other, tokens };
      most = Math.max(most, tokens);
    }
    const soon = running.some((other) => {
      if (other.paused || other.unprefilled === 0) return false;
      const tokens = history.commonPrefix(other.generation.history, Math.min(other.prefix, task.prefix));
      return tokens >= most + LEAST_REUSED_TOKENS;
    });
    return soon ? { kind: 'soon' } : best;
  }

  /**
   * A sequence that begins with the tokens of the source; `taken` slots are those of running requests. What is idle
   * makes room. Throws `KvCapacityError` when the model has no slot.
   */
  open(source: Exclude<PrefixSource, { kind: 'soon' }>, taken: number): Sequence {
    if (source.kind === 'idle') return this.#reuse(source.entry, source.tokens, taken);
    while (taken + this.idle.count >= this.#slots && this.idle.evict());
    return source.kind === 'running'
      ? this.#evicting(() => source.task.generation.sequence.fork(source.tokens))
      : this.#evicting(() => this.#model.openSequence());
  }

  /** Copies the beginning of an idle sequence, or takes it over when nothing more valuable is left to be evicted. */
  #reuse(entry: IdleSequence, tokens: number, taken: number): Sequence {
    if (entry.sequence.length - tokens >= LEAST_REUSED_TOKENS) {
      const full = taken + this.idle.count >= this.#slots;
      if (full && this.idle.entries[0] !== entry) this.idle.evict();
      const spare = taken + this.idle.count < this.#slots;
      const fork = spare ? unlessFull(() => entry.sequence.fork(tokens)) : undefined;
      if (fork !== undefined) return fork;
    }
    const sequence = this.idle.take(entry);
    sequence.truncate(tokens);
    return sequence;
  }

  /** Somebody else may use slots of the model too. */
  #evicting(open: () => Sequence): Sequence {
    for (;;) {
      const sequence = this.idle.count > 0 ? unlessFull(open) : open();
      if (sequence !== undefined) return sequence;
      this.idle.evict();
    }
  }
}

function unlessFull(open: () => Sequence): Sequence | undefined {
  try {
    return open();
  } catch (error) {
    if (error instanceof ForetokenError && error.code === 'kv-capacity') return undefined;
    throw error;
  }
}
