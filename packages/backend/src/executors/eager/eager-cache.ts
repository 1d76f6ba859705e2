import type { TensorFlow } from '@foretoken/tensorflow';
import type { CachePosition } from '../executor.js';
import type { EagerTensor } from './eager-operators.js';

/** KV cache of the eager executor: for each layer and slot one tensor that grows with its sequence. */
export class EagerCache {
  /** Each [positions, 2, kvHeads, headSize]. */
  readonly #entries = new Map<string, EagerTensor>();

  constructor(private readonly tf: TensorFlow) {}

  /** Puts new entries behind the first `start` positions and returns them all. [start + n, 2, kvHeads, headSize]. */
  append(layer: number, slot: number, start: number, keyValues: EagerTensor): EagerTensor {
    const { tf } = this;
    const old = this.#entries.get(key(layer, slot));
    const all = old && start > 0 ? tf.concat([tf.slice(old, 0, start), keyValues], 0) : tf.clone(keyValues);
    this.#replace(layer, slot, all);
    return all;
  }

  /** Copies positions in every layer, all reads before all writes. */
  copy(from: readonly CachePosition[], to: readonly CachePosition[]): void {
    const { tf } = this;
    const layers = new Set([...this.#entries.keys()].map((name) => Number(name.split('/')[0])));
    for (const layer of layers) {
      tf.tidy(() => {
        const moved = from.map(({ slot, position }) => {
          const entry = this.#entries.get(key(layer, slot));
          return entry && tf.slice(entry, position, 1);
        });
        for (const slot of new Set(to.map((target) => target.slot))) {
          const rows = this.#rows(layer, slot);
          to.forEach((target, index) => {
            const row = moved[index];
            if (target.slot === slot && row) rows[target.position] = row;
          });
          if (rows.length > 0) this.#replace(layer, slot, tf.concat(rows, 0));
        }
      });
    }
  }

  close(): void {
    for (const keyValues of this.#entries.values()) keyValues.dispose();
    this.#entries.clear();
  }

  #rows(layer: number, slot: number): EagerTensor[] {
    const tensor = this.#entries.get(key(layer, slot));
    return tensor ? this.tf.split(tensor, tensor.shape[0] ?? 0, 0) : [];
  }

  #replace(layer: number, slot: number, keyValues: EagerTensor): void {
    this.#entries.get(key(layer, slot))?.dispose();
    this.#entries.set(key(layer, slot), this.tf.keep(keyValues));
  }
}

function key(layer: number, slot: number): string {
  return `${layer}/${slot}`;
}
