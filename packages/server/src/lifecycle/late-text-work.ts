import type { TextWork } from '../text-work/text-work.js';
import { modelLoading } from './late-text-engine.js';

/** The text side of the served model, once it has been read. */
export class LateTextWork {
  #work: TextWork | undefined;

  arrive(work: TextWork): void {
    this.#work = work;
  }

  /** @throws {ApiError} 503 `model_loading` while it is being read. */
  get(): TextWork {
    if (this.#work !== undefined) return this.#work;
    throw modelLoading();
  }

  async close(): Promise<void> {
    await this.#work?.close();
  }
}
