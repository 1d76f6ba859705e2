import type { Sequence } from '@foretoken/core';
import { ClosedError, InvalidArgumentError } from '@foretoken/core';

/** What a sequence needs of the model that owns its slot. */
export interface SlotOwner {
  /** Moves cache entries within a slot. */
  compact(slot: number, from: readonly number[], to: readonly number[]): void;
  forkSlot(slot: number, length: number): TensorSequence;
  /** Gives the memory of a slot back from a position on. */
  discard(slot: number, position: number): void;
  releaseSlot(slot: number): void;
}

/** Positions behind a sequence's end that keep their memory: giving it back costs some hundred system calls. */
const KEPT_POSITIONS = 64;

/** A sequence in one slot of the KV cache. Node i of the last forward lies at position `length + i`. */
export class TensorSequence implements Sequence {
  readonly slot: number;
  readonly owner: SlotOwner;
  #length: number;
  /** Positions that were written to and have not been given back. */
  #written: number;
  /** Parents of the nodes of the last forward, which are in the cache but not yet part of the sequence. */
  #pending: Int32Array | undefined;
  #closed = false;

  constructor(owner: SlotOwner, slot: number, length: number) {
    this.owner = owner;
    this.slot = slot;
    this.#length = length;
    this.#written = length;
  }

  get length(): number {
    this.assertOpen();
    return this.#length;
  }

  commit(path: readonly number[]): void {
    this.assertOpen();
    const parents = this.#pending ?? new Int32Array(0);
    let previous = -1;
    for (const node of path) {
      const parent = parents[node];
      if (parent === undefined || parent !== previous) {
        throw new InvalidArgumentError(
          `[${path.join(', ')}] is no path of the last forward of ${parents.length} nodes: the parent of node ${node} is ${parent ?? 'unknown'}, not ${previous}.`,
          { path: [...path] },
        );
      }
      previous = node;
    }
    this.#pending = undefined;
    const from: number[] = [];
    const to: number[] = [];
    path.forEach((node, index) => {
      if (node === index) return;
      from.push(this.#length + node);
      to.push(this.#length + index);
    });
    if (from.length > 0) this.owner.compact(this.slot, from, to);
    this.#length += path.length;
  }

  truncate(length: number): void {
    this.assertOpen();
    if (!Number.isInteger(length) || length < 0 || length > this.#length) {
      throw new InvalidArgumentError(`Can't truncate a sequence of ${this.#length} tokens to ${length}.`, { length });
    }
    this.#pending = undefined;
    this.#length = length;
    if (this.#written - length < KEPT_POSITIONS) return;
    this.owner.discard(this.slot, length);
    this.#written = length;
  }

  fork(length: number = this.#length): Sequence {
    this.assertOpen();
    if (!Number.isInteger(length) || length < 0 || length > this.#length) {
      throw new InvalidArgumentError(`Can't fork ${length} tokens of a sequence of ${this.#length}.`, { length });
    }
    return this.owner.forkSlot(this.slot, length);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.owner.releaseSlot(this.slot);
  }

  /** Tells which nodes a forward has put behind the committed tokens. */
  setPending(parents: Int32Array): void {
    this.#pending = parents;
    this.#written = Math.max(this.#written, this.#length + parents.length);
  }

  assertOpen(): void {
    if (this.#closed) throw new ClosedError('sequence');
  }
}
