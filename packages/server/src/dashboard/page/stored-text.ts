/** A text that the browser keeps under a name. It may refuse to; the text then lives as long as the page. */
export class StoredText {
  readonly #storage: () => Storage;
  readonly #name: string;

  /** @param storage - a function, for the mere access to a storage that is refused throws */
  constructor(storage: () => Storage, name: string) {
    this.#storage = storage;
    this.#name = name;
  }

  read(): string | undefined {
    try {
      return this.#storage().getItem(this.#name) ?? undefined;
    } catch {
      return undefined;
    }
  }

  write(text: string | undefined): void {
    try {
      if (text === undefined) this.#storage().removeItem(this.#name);
      else this.#storage().setItem(this.#name, text);
    } catch {}
  }
}
