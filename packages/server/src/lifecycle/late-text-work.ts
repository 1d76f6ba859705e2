import type { ModelText } from '@foretoken/backend';
import type { TextWork } from '../text-work/text-work.js';
import { modelLoading } from './late-text-engine.js';

/** The text side of the served model, once it has been read. */
export class LateModelText {
  #text: ModelText | undefined;
  #work: TextWork | undefined;

  arrive(text: ModelText, work: TextWork): void {
    this.#text = text;
    this.#work = work;
  }

  /** @throws {ApiError} 503 `model_loading` while it is being read. */
  get(): ModelText {
    if (this.#text !== undefined) return this.#text;
    throw modelLoading();
  }

  /** What works on long texts. @throws {ApiError} as `get`. */
  get work(): TextWork {
    if (this.#work !== undefined) return this.#work;
    throw modelLoading();
  }

  async close(): Promise<void> {
    await this.#work?.close();
  }
}
