/** Whose turn a request is counted as. */
export interface Turn {
  readonly tenant: string;
  /** Lower is older. */
  readonly number: number;
}

/**
 * Fair scheduling: the next request is that of the tenant with the fewest scored tokens, so that a tenant with many
 * requests delays one with few by one request at most. Only tokens since the tenant became active count. Among requests
 * of one tenant the oldest comes first.
 *
 * Source: Y. Sheng et al., "Fairness in Serving Large Language Models" (OSDI 2024), the virtual token counter.
 */
export class FairTurns {
  /** Tokens of each tenant that has requests; one that comes back starts where the others are. */
  readonly #served = new Map<string, number>();

  /** A tenant has a request, perhaps its first. */
  join(tenant: string): void {
    if (this.#served.has(tenant)) return;
    // Not from 0: who was away would otherwise keep all others waiting until it had as much as they.
    this.#served.set(tenant, this.#served.size === 0 ? 0 : Math.min(...this.#served.values()));
  }

  /** Tokens were scored for a tenant. */
  charge(tenant: string, tokens: number): void {
    const served = this.#served.get(tenant);
    if (served !== undefined) this.#served.set(tenant, served + tokens);
  }

  /** Only these tenants have requests. */
  keep(tenants: ReadonlySet<string>): void {
    for (const tenant of this.#served.keys()) if (!tenants.has(tenant)) this.#served.delete(tenant);
  }

  /** The one whose turn it is. */
  next<T extends Turn>(waiting: readonly T[]): T | undefined {
    let first: T | undefined;
    for (const request of waiting) if (first === undefined || this.#before(request, first)) first = request;
    return first;
  }

  #before(one: Turn, other: Turn): boolean {
    const difference = (this.#served.get(one.tenant) ?? 0) - (this.#served.get(other.tenant) ?? 0);
    if (one.tenant === other.tenant || difference === 0) return one.number < other.number;
    return difference < 0;
  }
}
