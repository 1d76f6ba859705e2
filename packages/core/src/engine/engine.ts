import { drafterNames } from '../decoding/drafter-options.js';
import { DrafterPool } from '../decoding/drafter-pool.js';
import { type ConcludedRound, Generation } from '../decoding/generation.js';
import { type CheckedRequest, checkRequest } from '../decoding/generation-request.js';
import { addStatistics } from '../decoding/statistics.js';
import { InvalidArgumentError } from '../errors.js';
import { checkEngineOptions, type EngineOptions, type EngineSettings } from './engine-options.js';
import type { EngineEvent, EngineRequest, EngineStatistics } from './engine-request.js';
import { type ForwardCost, runRound } from './engine-round.js';
import { EngineTask, type Leaving } from './engine-task.js';
import { type EngineTotals, NO_TOTALS } from './engine-totals.js';
import { DeadlineExceededError, EngineClosedError, QueueFullError } from './errors.js';
import { Schedule } from './schedule.js';
import { Throughput } from './throughput.js';

/**
 * Generates tokens for many requests at a time (continuous batching): each round is one forward pass of the model for
 * all of them, each with its own plan and draft tree, or a chunk of its prompt. With a lossless verifier every request
 * gets the tokens that it would get alone, unless the model's rounding depends on the batch and flips a near-tie.
 *
 * Requests join and leave between rounds, oldest first. Prompts are processed in chunks while others decode, except for
 * prefixes that are in the KV cache already. When the KV cache is full, trees shrink, then rounds continue without
 * guesses, then the newest request is preempted and continues later where it stopped.
 *
 * Throws `InvalidArgumentError` for options out of range.
 *
 * @example
 * ```ts
 * import { fixed } from '@foretoken/adaptive';
 * import { createSampler, Engine, type LanguageModel } from '@foretoken/core';
 * import { promptLookup } from '@foretoken/draft';
 * import { exactMatch } from '@foretoken/verifier';
 *
 * async function completeAll(model: LanguageModel, prompts: readonly Int32Array[]): Promise<number[][]> {
 *   const engine = new Engine({ model, verifier: exactMatch(), sequences: 8 });
 *   const lookup = promptLookup();
 *   const answers = prompts.map(async (prompt) => {
 *     const tokens: number[] = [];
 *     const controller = fixed({ drafter: 'lookup', depth: 4 });
 *     const request = { prompt, controller, drafters: [lookup], sampler: createSampler(), maximumTokens: 48 };
 *     for await (const event of engine.submit(request)) if (event.kind === 'round') tokens.push(...event.round.tokens);
 *     return tokens;
 *   });
 *   return Promise.all(answers).finally(() => engine.close());
 * }
 * ```
 */
export class Engine {
  readonly #settings: EngineSettings;
  readonly #schedule: Schedule;
  readonly #throughput = new Throughput();
  /** Of requests that are over, as far as they were decoded. */
  #totals = NO_TOTALS;
  #loop: Promise<void> | undefined;
  #wake: () => void = () => {};
  #rounds = 0;
  #closed = false;

  constructor(options: EngineOptions) {
    this.#settings = checkEngineOptions(options);
    this.#schedule = new Schedule(this.#settings);
  }

  /**
   * Queues a request at once. Its events are `started`, one per round, and `finish`. Leaving the iteration ends the
   * request; its place is free when `return()` settles. If events are read too slowly, the request pauses, and may lose
   * its place to a waiting one. An abort of the signal yields `finish` with the reason `abort` instead of the unread
   * rounds.
   *
   * Throws at once: `EmptyPromptError`, `PromptTooLongError` (also for a prompt that `kvTokens` can't hold),
   * `InvalidArgumentError`, `QueueFullError`, `EngineClosedError`. Throws while iterating: `DeadlineExceededError`,
   * `ForwardFailedError`, `EngineClosedError`, `InvalidLogitsError`, `InvalidVerdictError`, and whatever verifier,
   * controller, sampler or callbacks of the request throw.
   */
  submit(request: EngineRequest): AsyncGenerator<EngineEvent, void, undefined> {
    if (this.#closed) throw new EngineClosedError();
    const { deadline } = request;
    const checked = this.#checked(request);
    const generation = this.#generation(request, checked);
    this.#refuseIfFull(request.tenant ?? '');
    const task = new EngineTask({
      number: this.#totals.submitted,
      request: checked,
      generation,
      submittedAt: this.#settings.now(),
      tenant: request.tenant ?? '',
      prefixScope: request.prefixScope ?? '',
      deadline,
      wake: () => this.#wake(),
    });
    this.#count({ submitted: 1 });
    this.#schedule.add(task);
    this.#wake();
    this.#loop ??= this.#run();
    return task.stream;
  }

  /** Throws what `submit` would throw at once for an invalid request; nothing is queued. */
  check(request: EngineRequest): void {
    this.#checked(request);
    drafterNames(request.drafters ?? []);
  }

  statistics(): EngineStatistics {
    const { running, waiting, preemptions } = this.#schedule;
    const started = [...running, ...waiting].filter((task) => task.started);
    const totals = started.reduce((sum, { generation }) => addStatistics(sum, generation.statistics), this.#totals);
    return {
      running: running.length,
      waiting: waiting.length,
      kvTokens: running.reduce((sum, { generation }) => sum + generation.sequence.length, 0),
      kvCapacity: this.#settings.kvTokens,
      totals: { ...totals, preemptions },
    };
  }

  /** Ends every request with `EngineClosedError` and gives all sequences back to the model. Closing twice is harmless. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#wake();
    await this.#loop;
    this.#schedule.places.idle.close();
  }

  #checked(request: EngineRequest): CheckedRequest {
    const { deadline } = request;
    if (deadline !== undefined && !(deadline > 0)) {
      throw new InvalidArgumentError(`deadline must be above 0 ms, but is ${deadline}.`, { deadline });
    }
    const { model, contextLength } = this.#settings;
    return checkRequest(request, { vocabularySize: model.vocabularySize, contextLength });
  }

  #generation(request: EngineRequest, checked: CheckedRequest): Generation {
    const { model, verifier, now, drafterTimeout, onDrafterError } = this.#settings;
    return new Generation({
      request: checked,
      model,
      drafters: new DrafterPool({
        drafters: request.drafters ?? [],
        vocabularySize: model.vocabularySize,
        timeout: drafterTimeout,
        onError: onDrafterError,
      }),
      verifier,
      controller: request.controller,
      now,
    });
  }

  #refuseIfFull(tenant: string): void {
    const { running, waiting } = this.#schedule;
    const { queue, sequences, now } = this.#settings;
    if (waiting.length < queue + Math.max(0, sequences - running.length)) return;
    // Nobody can fill the queue for others: they may have one request in it in any case.
    if (queue > 0 && waiting.every((task) => task.tenant !== tenant)) return;
    this.#count({ refused: 1 });
    const at = now();
    const since = Math.min(at, ...running.map(({ submittedAt }) => submittedAt));
    throw new QueueFullError(queue, this.#throughput.retryAfterSeconds(at, since));
  }

  async #run(): Promise<void> {
    let failure: unknown = new EngineClosedError();
    try {
      while (!this.#closed) {
        // Requests of one turn start together, and timers and sockets have theirs even if the model never waits.
        await new Promise((resolve) => setImmediate(resolve));
        this.#dismiss();
        this.#admit();
        if (this.#schedule.running.length + this.#schedule.waiting.length === 0) return this.#throughput.idle();
        const work = this.#schedule.compose();
        if (work.decoders.length + work.prefills.size === 0) await this.#sleep();
        else await this.#round(work);
      }
    } catch (error) {
      failure = error;
    } finally {
      this.#loop = undefined;
      for (const task of [...this.#schedule.running, ...this.#schedule.waiting]) this.#fail(task, failure, 'discard');
    }
  }

  /** Ends what was aborted, left or took too long. */
  #dismiss(): void {
    const at = this.#settings.now();
    for (const task of [...this.#schedule.running, ...this.#schedule.waiting]) {
      if (task.leaving !== undefined) {
        this.#leave(task, task.leaving);
      } else if (at >= task.deadlineAt) {
        this.#fail(task, new DeadlineExceededError(task.deadline ?? 0), 'keep');
      }
    }
  }

  #leave(task: EngineTask, leaving: Leaving): void {
    try {
      if (leaving === 'abort') task.stream.push(task.generation.end('abort'));
    } catch (error) {
      // The request's own detokenizer or stop strings.
      this.#fail(task, error, 'keep');
      return;
    }
    this.#count({ aborted: 1 });
    this.#end(task, 'keep');
  }

  #admit(): void {
    const { now } = this.#settings;
    for (const admission of this.#schedule.admit()) {
      const { task } = admission;
      if (admission.kind === 'refused') this.#fail(task, admission.error, 'keep');
      else if (!task.started) task.start(now() - task.submittedAt);
    }
  }

  async #round({ decoders, ...work }: ReturnType<Schedule['compose']>): Promise<void> {
    const { model, now } = this.#settings;
    // Guesses are made in turns, and who comes first may make more of them.
    const first = this.#rounds++ % Math.max(1, decoders.length);
    const started = now();
    let cost: ForwardCost | undefined;
    await runRound(
      { ...work, decoders: [...decoders.slice(first), ...decoders.slice(0, first)] },
      {
        model,
        now,
        onGuesses: (tokens) => this.#schedule.places.idle.shrinkTo(Math.max(0, work.spareTokens - tokens)),
        onForward: (forward) => {
          this.#count({ forwards: 1 });
          cost = forward;
          if (forward.promptTokens > 0) this.#schedule.pace.observe(forward.rows, forward.milliseconds);
        },
        onRound: (task, round) => this.#emit(task, round),
        onFailure: (task, error, kv) => this.#fail(task, error, kv),
      },
    );
    // With what guessing and judging take: that is waited for as well.
    if (cost !== undefined) this.#schedule.price.observe(cost, now() - started);
  }

  #emit(task: EngineTask, round: ConcludedRound): void {
    this.#schedule.charge(task, round.event.tokens.length);
    task.emit(round);
    if (round.ends === undefined) return;
    this.#count({ finished: 1 });
    this.#end(task, 'keep');
  }

  #count(counted: Partial<EngineTotals>): void {
    this.#totals = addStatistics(this.#totals, counted);
  }

  #fail(task: EngineTask, error: unknown, kv: 'keep' | 'discard'): void {
    this.#count({ failed: 1 });
    this.#end(task, kv, error);
  }

  #end(task: EngineTask, kv: 'keep' | 'discard', error?: unknown): void {
    this.#schedule.remove(task, kv);
    if (task.started) this.#count(task.generation.statistics);
    this.#throughput.ended(this.#settings.now());
    task.end(error);
  }

  /** Until something happens, or until the next deadline. */
  async #sleep(): Promise<void> {
    const { running, waiting } = this.#schedule;
    const next = Math.min(...[...running, ...waiting].map(({ deadlineAt }) => deadlineAt));
    let timer: ReturnType<typeof setTimeout> | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      if (next < Number.POSITIVE_INFINITY)
        timer = setTimeout(resolve, Math.min(LONGEST_SLEEP, next - this.#settings.now()));
    });
    clearTimeout(timer);
    this.#wake = () => {};
  }
}

/** Milliseconds; a timer of Node.js can't wait for much longer than this. */
const LONGEST_SLEEP = 2 ** 30;
