import { find } from './dom.js';
import { StoredText } from './stored-text.js';

/** The key that this server asks for, if it does. Kept until the tab is closed. */
export class ApiKey {
  readonly #dialog = find('key-dialog', HTMLDialogElement);
  readonly #input = find('key-input', HTMLInputElement);
  readonly #message = find('key-message', HTMLElement);
  readonly #button = find('key-button', HTMLButtonElement);
  readonly #changed: () => void;
  readonly #stored = new StoredText(() => sessionStorage, 'foretoken-key');
  #key = this.#stored.read();

  /** `changed`: a key was given. */
  constructor(changed: () => void) {
    this.#changed = changed;
    this.#button.hidden = this.#key === undefined;
    this.#button.addEventListener('click', () => this.#open());
    find('key-cancel', HTMLButtonElement).addEventListener('click', () => this.#dialog.close());
    find('key-form', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
      this.#use(this.#input.value.trim());
    });
  }

  get headers(): Record<string, string> {
    return this.#key === undefined ? {} : { Authorization: `Bearer ${this.#key}` };
  }

  /** The server refused. */
  ask(): void {
    this.#message.textContent =
      this.#key === undefined ? 'This server asks for an API key.' : 'The server does not know this key.';
    this.#open();
  }

  #open(): void {
    this.#button.hidden = false;
    if (this.#dialog.open) return;
    this.#input.value = '';
    this.#dialog.showModal();
  }

  #use(key: string): void {
    this.#key = key === '' ? undefined : key;
    this.#stored.write(this.#key);
    this.#dialog.close();
    this.#changed();
  }
}
