import { setImmediate } from 'node:timers/promises';
import type {
  ChainInput,
  EarlyExitInput,
  EarlyExitLanguageModel,
  ForwardInput,
  ForwardOutput,
  GuessedChain,
  Scores,
  Sequence,
} from '@foretoken/core';
import { ClosedError, InvalidArgumentError, KvCapacityError, StaleScoresError } from '@foretoken/core';
import type { CachePosition, Executor, StepLogits } from '../executors/executor.js';
import type { StepSequence } from '../executors/step.js';
import { type SlotOwner, TensorSequence } from './tensor-sequence.js';

export interface TensorLanguageModelOptions {
  readonly executor: Executor;
  readonly vocabularySize: number;
  /** Tokens that one sequence can hold. */
  readonly slotCapacity: number;
  /** Sequences open at a time. */
  readonly slots: number;
  /** Numbers of first layers that the executor can stop after, ascending. @default none */
  readonly exitLayers?: readonly number[];
}

/** A `LanguageModel` whose passes run on an executor and whose sequences are slots of its KV cache. */
export class TensorLanguageModel implements EarlyExitLanguageModel, SlotOwner {
  readonly vocabularySize: number;
  readonly contextLength: number;
  readonly exitLayers: readonly number[];
  readonly forwardChain: ((inputs: readonly ChainInput[]) => Promise<readonly GuessedChain[]>) | undefined;
  readonly #executor: Executor;
  readonly #slots: number;
  readonly #freeSlots: number[];
  #generation = 0;
  #closed = false;

  constructor(options: TensorLanguageModelOptions) {
    this.#executor = options.executor;
    this.vocabularySize = options.vocabularySize;
    this.contextLength = options.slotCapacity;
    this.exitLayers = [...(options.exitLayers ?? [])];
    this.#slots = options.slots;
    const chain = options.executor.chain?.bind(options.executor);
    this.forwardChain = chain && ((inputs) => this.#chain(inputs, chain));
    this.#freeSlots = Array.from({ length: options.slots }, (_, slot) => options.slots - 1 - slot);
  }

  openSequence(): TensorSequence {
    this.#assertOpen();
    const slot = this.#freeSlots.pop();
    if (slot === undefined) {
      throw new KvCapacityError(
        `All ${this.#slots} sequences of the KV cache are in use. Close one, or load the model with more 'slots'.`,
        { slots: this.#slots },
      );
    }
    return new TensorSequence(this, slot, 0);
  }

  async forward(inputs: readonly ForwardInput[]): Promise<ForwardOutput> {
    // The native call blocks the thread. Without a turn of the event loop, no timer, signal or socket would be served
    // until a whole generation is over. It comes before the call, so that a caller who reads its scores at once reads
    // them before another's forward makes them stale.
    await setImmediate();
    this.#assertOpen();
    const sequences = this.#validated(inputs);
    const scoredRows: number[] = [];
    const rowCounts: number[] = [];
    let row = 0;
    for (const { tokens, want } of inputs) {
      const wanted = want === 'all' ? tokens.length : want === 'last' ? 1 : 0;
      for (let i = tokens.length - wanted; i < tokens.length; i++) scoredRows.push(row + i);
      rowCounts.push(wanted);
      row += tokens.length;
    }
    this.#generation += 1;
    const logits = this.#executor.run({
      sequences: sequences.map(({ step }) => step),
      scoredRows: Int32Array.from(scoredRows),
    });
    for (const { sequence, step } of sequences) sequence.setPending(step.parents);
    return { scores: this.#scores(logits, rowCounts) };
  }

  async forwardEarly({ sequence, layers, tokens, ahead }: EarlyExitInput): Promise<Scores> {
    await setImmediate();
    this.#assertOpen();
    if (!this.exitLayers.includes(layers)) {
      throw new InvalidArgumentError(
        `This model can't stop after ${layers} layers, only after: ${this.exitLayers.join(', ') || 'none'}. Load it with that number in 'exitLayers'.`,
        { layers, exitLayers: this.exitLayers },
      );
    }
    if (!Number.isInteger(ahead) || ahead < 0) {
      throw new InvalidArgumentError(`ahead must be a whole number, 0 or more, not ${ahead}.`, { ahead });
    }
    const own = this.#ownSequence(sequence);
    this.#validateTokens(tokens);
    const start = own.length + ahead;
    this.#assertRoom(start, tokens.length);
    this.#generation += 1;
    const parents = validParents(undefined, tokens.length);
    const logits = this.#executor.run({
      sequences: [{ slot: own.slot, start, tokens, parents }],
      scoredRows: Int32Array.from(tokens.keys()),
      layers,
    });
    const [scores] = this.#scores(logits, [tokens.length]);
    if (scores === undefined) throw new InvalidArgumentError('An input of a forward has no tokens.');
    return scores;
  }

  async #chain(inputs: readonly ChainInput[], chain: NonNullable<Executor['chain']>): Promise<readonly GuessedChain[]> {
    await setImmediate();
    this.#assertOpen();
    const sequences = this.#validated(inputs);
    const steps = inputs.map(({ sequence: _, ...input }, index) => {
      const { slot = 0, start = 0 } = sequences[index]?.step ?? {};
      if (!Number.isInteger(input.most) || input.most < 1) {
        throw new InvalidArgumentError(`most must be a whole number above 0, not ${input.most}.`, { most: input.most });
      }
      // The last guess is not scored, so it needs no room.
      const most = Math.min(input.most, this.contextLength - start - input.tokens.length + 1);
      return { ...input, slot, start, most };
    });
    this.#generation += 1;
    return chain(steps).map((guessed, index) => {
      const { tokens } = steps[index] ?? { tokens: new Int32Array(0) };
      const pending = tokens.length + Math.max(0, guessed.tokens.length - 1);
      sequences[index]?.sequence.setPending(validParents(undefined, pending));
      return { ...guessed, pending };
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#generation += 1;
    this.#executor.close();
  }

  compact(slot: number, from: readonly number[], to: readonly number[]): void {
    this.#assertOpen();
    const inSlot = (position: number): CachePosition => ({ slot, position });
    this.#executor.copyPositions(from.map(inSlot), to.map(inSlot));
  }

  forkSlot(slot: number, length: number): TensorSequence {
    const target = this.openSequence().slot;
    const positionsOf = (owner: number): CachePosition[] =>
      Array.from({ length }, (_, position) => ({ slot: owner, position }));
    if (length > 0) this.#executor.copyPositions(positionsOf(slot), positionsOf(target));
    return new TensorSequence(this, target, length);
  }

  discard(slot: number, position: number): void {
    if (!this.#closed) this.#executor.discardPositions?.({ slot, position });
  }

  releaseSlot(slot: number): void {
    this.discard(slot, 0);
    this.#freeSlots.push(slot);
  }

  #scores(logits: StepLogits, rowCounts: readonly number[]): Scores[] {
    const generation = this.#generation;
    const fresh = (): StepLogits => {
      if (generation !== this.#generation) throw new StaleScoresError();
      return logits;
    };
    // One call brings the best of all rows, so rows after the first come for free.
    const best = new Map<number, ReturnType<StepLogits['topK']>>();
    const topK = (k: number): ReturnType<StepLogits['topK']> => {
      const known = best.get(k) ?? fresh().topK(k);
      best.set(k, known);
      return known;
    };
    let first = 0;
    return rowCounts.map((rows) => {
      const start = first;
      first += rows;
      const scored = (index: number): number => {
        if (!Number.isInteger(index) || index < 0 || index >= rows) {
          throw new InvalidArgumentError(`Row ${index} was not scored: there are ${rows} rows.`, { row: index, rows });
        }
        fresh();
        return start + index;
      };
      return {
        rows,
        argmax: () =>
          fresh()
            .argmax()
            .slice(start, start + rows),
        topK: (index, k) => {
          if (!Number.isInteger(k) || k < 1) {
            throw new InvalidArgumentError(`k must be a whole number above 0, not ${k}.`, { k });
          }
          const size = Math.min(k, this.vocabularySize);
          const at = scored(index) * size;
          const { tokens, logits: highest } = topK(size);
          return { tokens: tokens.slice(at, at + size), logits: highest.slice(at, at + size) };
        },
        row: (index) => logits.row(scored(index)),
      };
    });
  }

  #validated(
    inputs: readonly Pick<ForwardInput, 'sequence' | 'tokens' | 'parents'>[],
  ): { sequence: TensorSequence; step: StepSequence }[] {
    if (inputs.length === 0) throw new InvalidArgumentError('A forward needs at least one input.');
    const seen = new Set<Sequence>();
    return inputs.map(({ sequence, tokens, parents }) => {
      const own = this.#ownSequence(sequence);
      if (seen.has(own)) throw new InvalidArgumentError('A sequence appears twice in one forward.');
      seen.add(own);
      this.#validateTokens(tokens);
      const start = own.length;
      this.#assertRoom(start, tokens.length);
      return {
        sequence: own,
        step: { slot: own.slot, start, tokens, parents: validParents(parents, tokens.length) },
      };
    });
  }

  #ownSequence(sequence: Sequence): TensorSequence {
    if (!(sequence instanceof TensorSequence) || sequence.owner !== this) {
      throw new InvalidArgumentError('A sequence of another model was given to this one.');
    }
    sequence.assertOpen();
    return sequence;
  }

  #assertRoom(start: number, tokens: number): void {
    if (start + tokens <= this.contextLength) return;
    throw new KvCapacityError(
      `${tokens} tokens do not fit behind the ${start} of this sequence: it can hold ${this.contextLength}.`,
      { length: start, tokens, capacity: this.contextLength },
    );
  }

  #validateTokens(tokens: Int32Array): void {
    if (tokens.length === 0) throw new InvalidArgumentError('An input of a forward has no tokens.');
    for (const token of tokens) {
      if (token < 0 || token >= this.vocabularySize) {
        throw new InvalidArgumentError(`Token ${token} is outside the vocabulary of ${this.vocabularySize}.`, {
          token,
        });
      }
    }
  }

  #assertOpen(): void {
    if (this.#closed) throw new ClosedError('model');
  }
}

function validParents(parents: Int32Array | undefined, count: number): Int32Array {
  if (!parents) return Int32Array.from({ length: count }, (_, index) => index - 1);
  if (parents.length !== count) {
    throw new InvalidArgumentError(`${parents.length} parents were given for ${count} tokens.`, {
      parents: parents.length,
      count,
    });
  }
  parents.forEach((parent, index) => {
    if (parent < -1 || parent >= index) {
      throw new InvalidArgumentError(`The parent of node ${index} is ${parent}; it must be from -1 to ${index - 1}.`, {
        index,
        parent,
      });
    }
  });
  // A copy, because the sequence keeps it until the commit.
  return parents.slice();
}
