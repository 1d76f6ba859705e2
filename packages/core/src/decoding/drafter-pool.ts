import type { DraftTree } from '../contracts/draft-tree.js';
import type {
  DraftBudget,
  Drafter,
  DraftSession,
  DraftTarget,
  ReadProgress,
  ScoredRound,
} from '../contracts/drafter.js';
import type { FallbackCause } from '../contracts/generation-event.js';
import { drafterNames } from './drafter-options.js';
import { DrafterTimeoutError } from './errors.js';
import { validateDraftTree } from './validate-draft-tree.js';

/** Called for the first failure of each drafter in a generation. */
export type DrafterErrorListener = (error: unknown, drafter: string) => void;

/** What a drafter came up with. */
export interface PoolProposal {
  /** Checked, with at least one node; `undefined`: it had no guess, or failed. */
  readonly tree: DraftTree | undefined;
  /** Why it failed, if it did. */
  readonly fallback: FallbackCause | undefined;
}

/** A drafter's place in one generation. */
type DrafterState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'open'; readonly session: DraftSession }
  /** Failed; not asked again before this round. */
  | { readonly kind: 'resting'; readonly untilRound: number };

interface Member {
  readonly drafter: Drafter;
  state: DrafterState;
  consecutiveFailures: number;
  reported: boolean;
}

/** After so many failures in a row the rest stops doubling: 2^10 rounds is most of a long answer. */
const LONGEST_REST_EXPONENT = 10;

/**
 * The drafters of one generation. A session opens when its drafter is first asked, with all tokens so far, so an unused
 * drafter costs nothing and a failed one can start afresh. A failure never ends the generation: the drafter is not
 * asked for 2, 4, 8, … rounds.
 */
export class DrafterPool {
  readonly #members: ReadonlyMap<string, Member>;
  readonly names: readonly string[];
  /** Names of the drafters whose guesses take time. */
  readonly costly: readonly string[];
  readonly #vocabularySize: number;
  readonly #timeout: number;
  readonly #onError: DrafterErrorListener | undefined;
  #round = 0;
  #errors = 0;

  constructor(options: {
    readonly drafters: readonly Drafter[];
    readonly vocabularySize: number;
    /** Milliseconds that a proposal may take. */
    readonly timeout: number;
    readonly onError: DrafterErrorListener | undefined;
  }) {
    this.#members = new Map(
      options.drafters.map((drafter) => [
        drafter.name,
        { drafter, state: { kind: 'idle' }, consecutiveFailures: 0, reported: false },
      ]),
    );
    this.names = drafterNames(options.drafters);
    this.costly = options.drafters.filter(({ costly }) => costly === true).map(({ name }) => name);
    this.#vocabularySize = options.vocabularySize;
    this.#timeout = options.timeout;
    this.#onError = options.onError;
  }

  /** Failures so far. */
  get errors(): number {
    return this.#errors;
  }

  startRound(): void {
    this.#round++;
  }

  isResting(name: string): boolean {
    const state = this.#members.get(name)?.state;
    return state?.kind === 'resting' && this.#round < state.untilRound;
  }

  /** Asks a drafter that is not resting; `history` gives all tokens so far, should its session have to be opened. */
  async propose(
    name: string,
    budget: DraftBudget,
    history: () => Int32Array,
    target: DraftTarget,
  ): Promise<PoolProposal> {
    const member = this.#members.get(name);
    if (member === undefined) return { tree: undefined, fallback: undefined };
    try {
      const session = open(member, history, target);
      const tree = await within(this.#timeout, session.propose(budget), name);
      if (tree !== undefined) validateDraftTree(tree, { vocabularySize: this.#vocabularySize, budget });
      member.consecutiveFailures = 0;
      return { tree: tree?.tokens.length === 0 ? undefined : tree, fallback: undefined };
    } catch (error) {
      this.#fail(member, error);
      const fallback = error instanceof DrafterTimeoutError ? 'drafter-timeout' : 'drafter-error';
      return { tree: undefined, fallback };
    }
  }

  /** Lets a drafter read the text so far; `undefined` when it has nothing to read, or failed. */
  async read(
    name: string,
    tokens: number,
    history: () => Int32Array,
    target: DraftTarget,
  ): Promise<ReadProgress | undefined> {
    const member = this.#members.get(name);
    if (member === undefined || this.isResting(name)) return undefined;
    try {
      const session = open(member, history, target);
      return await (session.read && within(this.#timeout, session.read(tokens), name));
    } catch (error) {
      this.#fail(member, error);
      return undefined;
    }
  }

  /** Tells every open session which tokens were appended, and what the forward showed. */
  observe(tokens: readonly number[], round: ScoredRound): void {
    for (const member of this.#members.values()) {
      if (member.state.kind !== 'open') continue;
      try {
        member.state.session.observe(Int32Array.from(tokens), round);
      } catch (error) {
        this.#fail(member, error);
      }
    }
  }

  /** Closes every session. Going on to use the pool opens them anew, with the tokens there are by then. */
  close(): void {
    for (const member of this.#members.values()) this.#close(member);
  }

  #fail(member: Member, error: unknown): void {
    this.#errors++;
    member.consecutiveFailures++;
    this.#close(member);
    const rest = 2 ** Math.min(member.consecutiveFailures, LONGEST_REST_EXPONENT);
    member.state = { kind: 'resting', untilRound: this.#round + 1 + rest };
    this.#report(member, error);
  }

  #close(member: Member): void {
    const { state } = member;
    if (state.kind !== 'open') return;
    member.state = { kind: 'idle' };
    try {
      state.session.close();
    } catch (error) {
      this.#errors++;
      this.#report(member, error);
    }
  }

  #report(member: Member, error: unknown): void {
    if (member.reported) return;
    member.reported = true;
    this.#onError?.(error, member.drafter.name);
  }
}

function open(member: Member, history: () => Int32Array, target: DraftTarget): DraftSession {
  const session = member.state.kind === 'open' ? member.state.session : member.drafter.open(history(), target);
  member.state = { kind: 'open', session };
  return session;
}

const PENDING = Symbol('pending');

async function within<T>(milliseconds: number, proposal: Promise<T>, drafter: string): Promise<T> {
  // Most proposals are there at once, and a timer would take longer than they did.
  const early = await Promise.race([proposal, Promise.resolve(PENDING)]);
  if (early !== PENDING) return early as T;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DrafterTimeoutError(drafter, milliseconds)), milliseconds);
  });
  try {
    return await Promise.race([proposal, late]);
  } finally {
    clearTimeout(timer);
  }
}
