import type { Sequence } from '../contracts/language-model.js';
import { KvCapacityError } from '../contracts/sequence-errors.js';
import { PrefillPace } from '../decoding/prefill-pace.js';
import type { EngineSettings } from './engine-options.js';
import type { EngineTask } from './engine-task.js';
import { FairTurns } from './fair-turns.js';
import { KvPlaces } from './kv-places.js';
import { prefillShares } from './prefill-shares.js';
import { RoundPrice } from './round-price.js';
import { type RoundShares, tenantShares } from './tenant-shares.js';

/** What the next forward is made of. */
export interface RoundWork extends RoundShares<EngineTask> {
  /** Most tokens of texts that drafters read before they guess. */
  readonly readTokens: number;
  /** Tokens that guesses may have in the KV cache. */
  readonly spareTokens: number;
}

/** What became of a waiting request. */
export type Admission =
  | { readonly kind: 'admitted'; readonly task: EngineTask }
  /** The model has no slot, though no request of this engine is running. */
  | { readonly kind: 'refused'; readonly task: EngineTask; readonly error: unknown };

/** KV tokens that each running request must still have before another is admitted, lest it be preempted at once. */
const ADMISSION_HEADROOM = 16;
/** Who has a place, oldest first, and who waits. The oldest request that is read is never preempted. */
export class Schedule {
  readonly places: KvPlaces;
  /** Bounds the prompt tokens of a round by the time that they take. */
  readonly pace = new PrefillPace();
  /** Tells how long a round takes with and without somebody. */
  readonly price = new RoundPrice();
  readonly #settings: Pick<EngineSettings, 'sequences' | 'kvTokens' | 'prefillTokens'>;
  readonly #turns = new FairTurns();
  #running: EngineTask[] = [];
  #waiting: EngineTask[] = [];
  #preemptions = 0;
  #rounds = 0;

  constructor(settings: EngineSettings) {
    this.#settings = settings;
    this.places = new KvPlaces(settings.model, settings.slots);
  }

  get running(): readonly EngineTask[] {
    return this.#running;
  }

  get waiting(): readonly EngineTask[] {
    return this.#waiting;
  }

  get preemptions(): number {
    return this.#preemptions;
  }

  add(task: EngineTask): void {
    this.#waiting.push(task);
    this.#waiting.sort((a, b) => a.number - b.number);
    this.#turns.join(task.tenant);
  }

  /** Tokens were generated for a request. */
  charge({ tenant }: EngineTask, tokens: number): void {
    this.#turns.charge(tenant, tokens);
  }

  /** Takes a request out. What it has in the KV cache is kept for others, unless it can't be relied on. */
  remove(task: EngineTask, kv: 'keep' | 'discard'): void {
    this.#running = this.#running.filter((other) => other !== task);
    this.#waiting = this.#waiting.filter((other) => other !== task);
    const sequence = task.generation.vacate();
    if (sequence === undefined) return;
    if (kv === 'discard') sequence.close();
    else this.places.idle.add({ sequence, history: task.generation.history, scope: task.prefixScope });
  }

  /**
   * Admits waiting requests fairly between tenants. If a tenant has no running request, it gets the place of a tenant
   * that has several; a request that can't be admitted keeps later ones from overtaking it.
   */
  *admit(): Generator<Admission> {
    this.#turns.keep(new Set([...this.#running, ...this.#waiting].map(({ tenant }) => tenant)));
    const held = new Set<EngineTask>();
    for (;;) {
      const task = this.#turns.next(this.#waiting.filter((other) => !other.paused && !held.has(other)));
      if (task === undefined) return;
      const victims = this.#victimsFor(task, held.size);
      if (victims === undefined) return;
      for (const victim of victims) this.#preempt(victim);
      const source = this.places.source(task, this.#running);
      if (source.kind === 'soon') {
        held.add(task);
        continue;
      }
      let sequence: Sequence;
      try {
        sequence = this.places.open(source, this.#running.length);
      } catch (error) {
        if (this.#running.length === 0) yield { kind: 'refused', task, error };
        return;
      }
      this.#waiting = this.#waiting.filter((other) => other !== task);
      this.#running = [...this.#running, task].sort((a, b) => a.number - b.number);
      task.generation.occupy(sequence);
      if (!task.started) this.charge(task, task.prefix + 1 - sequence.length);
      yield { kind: 'admitted', task };
    }
  }

  /** Decides on the next forward pass; requests that have to make room for an older one are preempted. */
  compose(): RoundWork {
    const { kvTokens, prefillTokens } = this.#settings;
    for (;;) {
      const ready = this.#running.filter((task) => task.ready);
      const decoders = ready.filter((task) => task.unprefilled === 0);
      const spareTokens = kvTokens - this.#reserved - decoders.length;
      if (spareTokens >= 0) {
        this.places.idle.shrinkTo(spareTokens);
        const shares = this.#shares(ready, decoders);
        this.#rounds++;
        for (const task of [...shares.decoders, ...shares.prefills.keys()]) task.lastRound = this.#rounds;
        const { tokens: affordable } = this.pace;
        const readTokens = ready.length > 1 ? Math.min(prefillTokens, affordable) : affordable;
        return { ...shares, readTokens, spareTokens };
      }
      const victim = newestPaused(this.#running) ?? newestOfMany(this.#running) ?? this.#running.at(-1);
      if (victim === undefined) throw new KvCapacityError('The KV cache is too small for any request.', { kvTokens });
      this.#preempt(victim);
    }
  }

  #shares(ready: readonly EngineTask[], decoders: readonly EngineTask[]): RoundShares<EngineTask> {
    const affordable = this.pace.tokens;
    const prefillTokens = decoders.length > 0 ? Math.min(this.#settings.prefillTokens, affordable) : affordable;
    const tenants = new Set(ready.map(({ tenant }) => tenant)).size;
    if (decoders.length > 0 && tenants > 1) return tenantShares(ready, { price: this.price, prefillTokens });
    const reading = ready.filter((task) => task.unprefilled > 0);
    return { decoders, prefills: prefillShares(reading, prefillTokens), mostGuesses: new Map() };
  }

  /** Tokens that running requests have in the KV cache, or will have when their prompts are read. */
  get #reserved(): number {
    return this.#running.reduce((sum, task) => sum + task.prefix, 0);
  }

  /** Requests that have to be preempted so that a request can be admitted; `undefined` if none have to. */
  #victimsFor(task: EngineTask, held: number): readonly EngineTask[] | undefined {
    const victims: EngineTask[] = [];
    let staying: readonly EngineTask[] = this.#running;
    const isNew = staying.every(({ tenant }) => tenant !== task.tenant);
    while (staying.length + held >= this.#settings.sequences || !this.#fits(task, staying)) {
      const victim = newestPaused(staying) ?? (isNew ? newestOfMany(staying) : undefined);
      if (victim === undefined) return undefined;
      victims.push(victim);
      staying = staying.filter((other) => other !== victim);
    }
    return victims;
  }

  #fits(task: EngineTask, beside: readonly EngineTask[]): boolean {
    if (beside.length === 0) return true;
    const tokens = [...beside, task].reduce(
      (sum, { prefix, generation }) => sum + prefix + Math.min(ADMISSION_HEADROOM, generation.remainingTokens),
      0,
    );
    return tokens <= this.#settings.kvTokens;
  }

  #preempt(task: EngineTask): void {
    this.#preemptions++;
    this.remove(task, 'keep');
    this.add(task);
  }
}

function newestPaused(tasks: readonly EngineTask[]): EngineTask | undefined {
  return tasks.findLast(({ paused }) => paused);
}

/** The newest request of the tenant with most requests, if some tenant has several beside another one's. */
function newestOfMany(tasks: readonly EngineTask[]): EngineTask | undefined {
  const counts = new Map<string, number>();
  for (const { tenant } of tasks) counts.set(tenant, (counts.get(tenant) ?? 0) + 1);
  const most = Math.max(0, ...counts.values());
  return most < 2 ? undefined : tasks.findLast(({ tenant }) => counts.get(tenant) === most);
}
