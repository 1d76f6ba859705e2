import { closeSync, fstatSync, openSync } from 'node:fs';
import type { NativeObject, NativeOperators } from '@foretoken/operators';
import { WeightsFormatError } from '../../weights/weights-format-error.js';

/**
 * A file of weights in memory, its first `ahead` bytes read at once. It is held open, so that its size can be asked for
 * before a pass: reading mapped bytes that the file no longer has ends the process with SIGBUS, which nothing can catch.
 */
export class MappedFile {
  readonly mapping: NativeObject;
  readonly path: string;
  readonly #file: number;
  readonly #size: number;
  #closed = false;

  constructor(path: string, operators: NativeOperators, options: { readonly ahead: number }) {
    this.path = path;
    this.#file = openSync(path, 'r');
    try {
      this.#size = fstatSync(this.#file).size;
      this.mapping = operators.mapFile(path, options);
    } catch (error) {
      closeSync(this.#file);
      throw error;
    }
  }

  /** @throws WeightsFormatError `weights-truncated` while the file is shorter than it was. */
  check(): void {
    const { size } = fstatSync(this.#file);
    if (size >= this.#size) return;
    throw new WeightsFormatError(
      'weights-truncated',
      `${this.path}: the file has ${size} bytes, but had ${this.#size} when the model was loaded. It was cut or written anew while in use; load the model again from a whole file, and replace files by renaming a new one over them.`,
      { size, loaded: this.#size },
    );
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.mapping.close();
    closeSync(this.#file);
  }
}
