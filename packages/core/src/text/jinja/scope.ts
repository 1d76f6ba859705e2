import { Undefined, type Value } from './values.js';

/** Names and their values; a name that is not here is looked up outside. */
export class Scope {
  readonly #values = new Map<string, Value>();

  constructor(readonly outer?: Scope) {}

  get(name: string): Value {
    for (let scope: Scope | undefined = this; scope; scope = scope.outer) {
      const value = scope.#values.get(name);
      if (value !== undefined) return value;
    }
    return new Undefined(`'${name}' is undefined`);
  }

  set(name: string, value: Value): void {
    this.#values.set(name, value);
  }
}
