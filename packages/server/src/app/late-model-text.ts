import type { ModelText } from '@foretoken/core/tensorflow';
import { modelLoading } from './late-text-engine.js';

/** The text side of the served model, once it has been read. */
export class LateModelText {
  #text: ModelText | undefined;

  arrive(text: ModelText): void {
    this.#text = text;
  }

  /** @throws {ApiError} 503 `model_loading` while it is being read. */
  get(): ModelText {
    if (this.#text !== undefined) return this.#text;
    throw modelLoading();
  }
}
