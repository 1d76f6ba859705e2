import type { Prefilling } from './prefill-shares.js';
import { NO_LOAD, type RoundLoad, type RoundPrice } from './round-price.js';

/** A request that could be in the next round. */
export interface Sharer extends Prefilling {
  readonly tenant: string;
  /** Tokens that it has in the KV cache. */
  readonly cached: number;
  /** The last round that it was meant to be in. */
  readonly lastRound: number;
}

/** Who is in a round, and with how much. */
export interface RoundShares<T> {
  /** Requests that decode. */
  readonly decoders: readonly T[];
  /** Prompt tokens of requests that do not decode yet. */
  readonly prefills: ReadonlyMap<T, number>;
  /** Guesses that a request may have scored, where that is bounded. */
  readonly mostGuesses: ReadonlyMap<T, number>;
}

/** A round may take so many times as long with a tenant as without it. */
const MOST_SLOWER = 2;
/** Prompt tokens of a request that is in a round for fairness alone: fewer would cost as much. */
const LEAST_PIECE = 4;

/**
 * Divides a round among tenants of which at least one decodes: no tenant makes it more than twice as long as it would
 * be with only those that ask for less. Requests for which that leaves no room take turns; at least one of each tenant
 * is in every round.
 */
export function tenantShares<T extends Sharer>(
  tasks: readonly T[],
  { price, prefillTokens }: { readonly price: RoundPrice; readonly prefillTokens: number },
): RoundShares<T> {
  const groups = [...byTenant(tasks).values()];
  const readers = groups.filter((group) => group.some(({ unprefilled }) => unprefilled > 0)).length;
  const piece = Math.max(1, Math.floor(prefillTokens / Math.max(1, readers)));
  const demand = (group: readonly T[]): number =>
    price.of(loadOf(new Map(group.map((task) => [task, Math.min(Math.max(1, task.unprefilled), piece)]))));
  groups.sort((one, other) => demand(one) - demand(other));

  const chosen: Map<T, number>[] = [];
  let lighter = NO_LOAD;
  for (const group of groups) {
    const most = lighter.sequences === 0 ? Number.POSITIVE_INFINITY : MOST_SLOWER * price.of(lighter);
    const rows = choose(group, { price, piece, most, lighter });
    chosen.push(rows);
    lighter = sum(lighter, loadOf(rows));
  }
  const all = lighter;
  const mostGuesses = new Map<T, number>();
  for (const rows of chosen) {
    const own = loadOf(rows);
    const others = {
      rows: all.rows - own.rows,
      sequences: all.sequences - own.sequences,
      context: all.context - own.context,
    };
    const decoders = [...rows.keys()].filter(({ unprefilled }) => unprefilled === 0);
    const guesses = price.rowsWithin(all, MOST_SLOWER * price.of(others));
    for (const task of decoders) mostGuesses.set(task, Math.floor(guesses / decoders.length));
  }
  const entries = chosen.flatMap((rows) => [...rows]);
  return {
    decoders: entries.map(([task]) => task).filter(({ unprefilled }) => unprefilled === 0),
    prefills: new Map(entries.filter(([task]) => task.unprefilled > 0)),
    mostGuesses,
  };
}

/** Rows of those of a tenant's requests that the round has room for; who was in a round longest ago comes first. */
function choose<T extends Sharer>(
  group: readonly T[],
  {
    price,
    piece,
    most,
    lighter,
  }: { readonly price: RoundPrice; readonly piece: number; readonly most: number; readonly lighter: RoundLoad },
): Map<T, number> {
  const rows = new Map<T, number>();
  let prompt = piece;
  for (const task of [...group].sort((a, b) => a.lastRound - b.lastRound || a.number - b.number)) {
    const reads = task.unprefilled > 0;
    const wanted = reads ? Math.min(task.unprefilled, prompt) : 1;
    if (wanted === 0) continue;
    const load = sum(lighter, loadOf(rows));
    const room = price.rowsWithin(sum(load, { rows: 0, sequences: 1, context: task.cached }), most);
    if (room === 0 && rows.size > 0) break;
    const granted = Math.min(wanted, rows.size > 0 ? room : Math.max(room, LEAST_PIECE));
    rows.set(task, granted);
    if (reads) prompt -= granted;
  }
  return rows;
}

function loadOf<T extends Sharer>(rows: ReadonlyMap<T, number>): RoundLoad {
  let load = NO_LOAD;
  for (const [{ cached }, count] of rows) load = sum(load, { rows: count, sequences: 1, context: cached });
  return load;
}

function sum(one: RoundLoad, other: RoundLoad): RoundLoad {
  return {
    rows: one.rows + other.rows,
    sequences: one.sequences + other.sequences,
    context: one.context + other.context,
  };
}

function byTenant<T extends Sharer>(tasks: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const task of tasks) groups.set(task.tenant, [...(groups.get(task.tenant) ?? []), task]);
  return groups;
}
