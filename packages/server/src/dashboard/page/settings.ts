import { element, find } from './dom.js';

export interface PlaygroundSettings {
  readonly temperature: number;
  readonly maximumTokens: number;
  readonly system: string;
  /** `undefined`: as the server is set. */
  readonly draft: string | undefined;
  readonly speculation: boolean;
}

/** The form beside the playground. */
export class SettingsForm {
  readonly #temperature = find('temperature', HTMLInputElement);
  readonly #maximumTokens = find('max-tokens', HTMLInputElement);
  readonly #system = find('system', HTMLTextAreaElement);
  readonly #draft = find('draft', HTMLSelectElement);
  readonly #speculation = find('speculation', HTMLInputElement);

  constructor() {
    const output = find('temperature-value', HTMLElement);
    this.#temperature.addEventListener('input', () => {
      output.textContent = Number(this.#temperature.value).toFixed(1);
    });
    this.#speculation.addEventListener('change', () => {
      this.#draft.disabled = !this.#speculation.checked;
    });
  }

  /** Adds the way of guessing that the server was started with, which may be one that only it has. */
  offerDraft(mode: string): void {
    const [first] = this.#draft.options;
    if (first !== undefined) first.textContent = `as the server is set (${mode})`;
    if ([...this.#draft.options].some(({ value }) => value === mode)) return;
    this.#draft.append(element('option', { value: mode }, mode));
  }

  /** `undefined` when a value is none; the browser then says which. */
  read(): PlaygroundSettings | undefined {
    if (!this.#maximumTokens.reportValidity()) return undefined;
    return {
      temperature: this.#temperature.valueAsNumber,
      maximumTokens: this.#maximumTokens.valueAsNumber,
      system: this.#system.value.trim(),
      draft: this.#draft.value === '' ? undefined : this.#draft.value,
      speculation: this.#speculation.checked,
    };
  }
}
