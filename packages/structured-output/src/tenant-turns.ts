/** Work that each tenant does one after the other, whatever others do. */
export class TenantTurns {
  /** The end of each tenant's latest work. Never rejects. */
  readonly #last = new Map<string, Promise<void>>();

  /** Does the work when the tenant's earlier work has ended. */
  async take(tenant: string, work: () => Promise<void>): Promise<void> {
    const done = (this.#last.get(tenant) ?? Promise.resolve()).then(work);
    const ended = done.catch(() => {});
    this.#last.set(tenant, ended);
    await ended;
    if (this.#last.get(tenant) === ended) this.#last.delete(tenant);
    return done;
  }
}
