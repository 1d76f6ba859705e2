import type {
  ChainDraw,
  DraftBudget,
  DraftProposal,
  DraftSession,
  DraftTree,
  GuessedChain,
  LanguageModel,
  ReadProgress,
} from '@foretoken/core';
import { DraftSessionClosedError } from '../errors.js';
import { DraftCache } from './draft-cache.js';
import type { DraftSampling } from './draft-model.js';
import { DraftVocabularyMismatchError } from './errors.js';
import { drawPlace, type GuessDistribution, guessDistribution, likeliestGuesses } from './guess-distribution.js';
import { LikeliestTree, parentPlaces, type TreeNode } from './likeliest-tree.js';
import { uniformsAt } from './seeded-random.js';
import type { TokenTranslation } from './token-translation.js';

/** Checked options of a draft model. */
export interface DraftModelSettings {
  readonly model: LanguageModel;
  readonly minimumConfidence: number;
  readonly sampling: DraftSampling;
  readonly translation: TokenTranslation | undefined;
  readonly targetVocabularySize: number;
  /** Most tokens of a text so far that are read when a session opens, or when the draft's context is full. */
  readonly window: number;
}

/** The next guess of a chain. */
interface ChainGuess {
  /** Id in the draft's vocabulary. */
  readonly token: number;
  readonly confidence: number;
  readonly proposal?: DraftProposal;
}

type CheckedBudget = Required<DraftBudget>;
type SampledGuesses = Extract<DraftSampling, { readonly kind: 'sample' }>;

/** A draft model at work on one sequence. */
export class DraftModelSession implements DraftSession {
  readonly #settings: DraftModelSettings;
  readonly #cache: DraftCache;
  /** The first and the last tokens of the sequence in the draft's vocabulary. */
  readonly #context: number[] = [];
  /** Tokens of the sequence that came between them. */
  #skipped = 0;
  #closed = false;

  constructor(settings: DraftModelSettings, prompt: Int32Array) {
    this.#settings = settings;
    this.#append(prompt);
    this.#forget(settings.window);
    // Last, since a constructor that throws leaves nobody to close the sequence.
    this.#cache = new DraftCache(settings.model);
  }

  read(tokens: number): Promise<ReadProgress> {
    this.#requireOpen();
    return this.#cache.read(this.#context, tokens);
  }

  async propose(budget: DraftBudget): Promise<DraftTree | undefined> {
    this.#requireOpen();
    if (Math.min(budget.depth, budget.width, budget.nodes) < 1) return undefined;
    const minimumConfidence = Math.max(budget.minimumConfidence, this.#settings.minimumConfidence);
    const own = { ...budget, minimumConfidence, minimumParent: budget.minimumParent ?? minimumConfidence };
    const { model, window } = this.#settings;
    if (this.#context.length >= model.contextLength) this.#forget(Math.min(window, model.contextLength >> 1));
    return this.#guesses(own);
  }

  observe(accepted: Int32Array): void {
    this.#requireOpen();
    this.#append(accepted);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#cache.close();
  }

  #guesses(budget: CheckedBudget): Promise<DraftTree | undefined> {
    const { model, sampling, translation } = this.#settings;
    const inOneCall = model.forwardChain !== undefined && translation === undefined;
    if (sampling.kind === 'greedy') {
      if (inOneCall) return this.#chainInOneCall(budget);
      return budget.width > 1 ? this.#tree(budget) : this.#chainByPasses(budget);
    }
    const { topK } = sampling;
    return inOneCall && topK !== undefined
      ? this.#sampledChain(budget, { ...sampling, topK })
      : this.#chainByPasses(budget);
  }

  /** The likeliest chain, with the next likely tokens beside each guess: a pass has scored them in any case. */
  async #chainInOneCall(budget: CheckedBudget): Promise<DraftTree | undefined> {
    const { depth, nodes, width: alternatives, minimumParent } = budget;
    const most = Math.min(depth, nodes);
    const chain = await this.#cache.guess(this.#context, { most, minimumConfidence: minimumParent, alternatives });
    if (chain === undefined) return undefined;
    const tree = new LikeliestTree(budget);
    let parent: TreeNode | undefined;
    for (const [guess, token] of chain.tokens.entries()) {
      const first = guess * alternatives;
      const guesses = Array.from({ length: alternatives }, (_, place) => ({
        token: chain.candidates[first + place] ?? token,
        probability: chain.probabilities[first + place] ?? 0,
      }));
      tree.offer([{ parent, guesses }]);
      parent = tree.nodes.find((node) => node.parent === parent && node.token === token);
      if (parent === undefined) break;
    }
    return this.#treeOf(tree.nodes);
  }

  async #sampledChain(
    budget: CheckedBudget,
    sampling: SampledGuesses & { readonly topK: number },
  ): Promise<DraftTree | undefined> {
    const most = Math.min(budget.depth, budget.nodes);
    const candidates = Math.min(sampling.topK, this.#settings.model.vocabularySize);
    const chain = await this.#cache.guess(this.#context, {
      most,
      minimumConfidence: budget.minimumParent,
      ...(candidates > 1 ? { draw: this.#draw(sampling, candidates, most) } : {}),
    });
    // Whether a guess is made must not depend on what was drawn for it: these are of the likeliest token.
    let probability = 1;
    const sure = chain?.confidences.findIndex((confidence) => {
      probability *= confidence;
      return probability < budget.minimumConfidence;
    });
    const count = sure === undefined || sure < 0 ? (chain?.tokens.length ?? 0) : sure;
    if (chain === undefined || count === 0) return undefined;
    return {
      tokens: chain.tokens.slice(0, count),
      parents: Int32Array.from({ length: count }, (_, node) => node - 1),
      confidences: chain.confidences.slice(0, count),
      proposals: proposalsOf(chain, candidates).slice(0, count),
    };
  }

  #draw({ seed, temperature = 1, topP = 1, minP = 0 }: SampledGuesses, candidates: number, most: number): ChainDraw {
    return { candidates, temperature, topP, minP, uniforms: uniformsAt(seed, this.#position, most) };
  }

  /** Where the next guess stands in the sequence. */
  get #position(): number {
    return this.#skipped + this.#context.length;
  }

  async #chainByPasses({
    depth,
    nodes,
    minimumConfidence,
    minimumParent,
  }: CheckedBudget): Promise<DraftTree | undefined> {
    const guesses: ChainGuess[] = [];
    const most = Math.min(depth, nodes);
    let probability = 1;
    let logits = await this.#cache.follow(this.#context);
    while (logits !== undefined) {
      const guess = this.#guess(logits, guesses.length);
      probability *= guess?.confidence ?? 0;
      if (guess === undefined || probability < minimumConfidence) break;
      guesses.push(guess);
      if (guesses.length >= most || probability < minimumParent) break;
      logits = await this.#cache.extend(guess.token);
    }
    const proposals = guesses.flatMap(({ proposal }) => proposal ?? []);
    if (guesses.length === 0) return undefined;
    return {
      tokens: this.#targetTokens(guesses),
      parents: Int32Array.from(guesses.keys(), (node) => node - 1),
      confidences: Float32Array.from(guesses, ({ confidence }) => confidence),
      ...(proposals.length > 0 ? { proposals } : {}),
    };
  }

  async #tree(budget: CheckedBudget): Promise<DraftTree | undefined> {
    const logits = await this.#cache.follow(this.#context);
    if (logits === undefined) return undefined;
    const guesses = (row: Float32Array) => likeliestGuesses(row, budget.width, this.#settings.translation?.shared);
    const tree = new LikeliestTree(budget);
    tree.offer([{ parent: undefined, guesses: guesses(logits) }]);
    for (let depth = 1; depth < budget.depth; depth++) {
      const scored: readonly TreeNode[] = tree.nodes;
      if (!scored.some((node) => node.depth === depth) || scored.length > this.#cache.room) break;
      const scores = await this.#cache.score({
        tokens: Int32Array.from(scored, ({ token }) => token),
        parents: parentPlaces(scored),
      });
      if (scores === undefined) break;
      tree.offer(
        scored.flatMap((parent, row) =>
          parent.depth === depth ? [{ parent, guesses: guesses(scores.row(row)) }] : [],
        ),
      );
    }
    return this.#treeOf(tree.nodes);
  }

  #treeOf(nodes: readonly TreeNode[]): DraftTree | undefined {
    if (nodes.length === 0) return undefined;
    return {
      tokens: this.#targetTokens(nodes),
      parents: parentPlaces(nodes),
      confidences: Float32Array.from(nodes, ({ confidence }) => confidence),
    };
  }

  #guess(logits: Float32Array, ahead: number): ChainGuess | undefined {
    const { sampling, translation } = this.#settings;
    const allowed = translation?.shared;
    if (sampling.kind === 'greedy') {
      const [best] = likeliestGuesses(logits, 1, allowed);
      return best && { token: best.token, confidence: Math.min(best.probability, 1) };
    }
    const { temperature = 1, topK, topP, minP, seed } = sampling;
    const distribution = guessDistribution(logits, { temperature, topK, topP, minP, allowed });
    if (distribution === undefined) return undefined;
    const [uniform = 0] = uniformsAt(seed, this.#position + ahead, 1);
    const token = distribution.tokens[drawPlace(distribution, uniform)] ?? 0;
    // Of the likeliest token, not of the drawn one: whether this node exists must not depend on what was drawn for it.
    const confidence = distribution.probabilities.reduce((most, probability) => Math.max(most, probability), 0);
    return { token, confidence: Math.min(confidence, 1), proposal: this.#proposal(distribution, topK !== undefined) };
  }

  /** The distribution in the target's vocabulary. */
  #proposal({ tokens, probabilities }: GuessDistribution, sparse: boolean): DraftProposal {
    if (sparse) return { kind: 'sparse', tokens: tokens.map((token) => this.#toTarget(token)), probabilities };
    const full = new Float32Array(this.#settings.targetVocabularySize);
    for (const [place, token] of tokens.entries()) full[this.#toTarget(token)] = probabilities[place] ?? 0;
    return { kind: 'full', probabilities: full };
  }

  #targetTokens(guesses: readonly { readonly token: number }[]): Int32Array {
    return Int32Array.from(guesses, ({ token }) => this.#toTarget(token));
  }

  #toTarget(token: number): number {
    const { translation } = this.#settings;
    // Only shared tokens are guessed, so each has its counterpart.
    return translation === undefined ? token : (translation.toTarget(token) ?? 0);
  }

  #append(tokens: Int32Array): void {
    const { model, translation } = this.#settings;
    if (translation !== undefined) {
      for (const token of tokens) this.#context.push(...translation.toDraft(token));
      return;
    }
    const unknown = tokens.find((token) => token < 0 || token >= model.vocabularySize);
    if (unknown !== undefined) {
      throw new DraftVocabularyMismatchError(
        `The sequence has token ${unknown}, but the draft model has only ${model.vocabularySize} tokens.`,
        { token: unknown, draftVocabularySize: model.vocabularySize },
      );
    }
    for (const token of tokens) this.#context.push(token);
  }

  /** Goes on from so many tokens, a quarter of them from the beginning. */
  #forget(kept: number): void {
    const dropped = Math.max(0, this.#context.length - kept);
    this.#context.splice(kept >> 2, dropped);
    this.#skipped += dropped;
  }

  #requireOpen(): void {
    if (this.#closed) throw new DraftSessionClosedError();
  }
}

function proposalsOf({ tokens, candidates, probabilities }: GuessedChain, size: number): readonly DraftProposal[] {
  return Array.from(tokens, (_, guess) => ({
    kind: 'sparse',
    tokens: candidates.subarray(guess * size, (guess + 1) * size),
    probabilities: probabilities.subarray(guess * size, (guess + 1) * size),
  }));
}
