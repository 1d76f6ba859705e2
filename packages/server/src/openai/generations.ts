import { createHash, randomUUID } from 'node:crypto';
import type { ModelText } from '@foretoken/backend';
import { ForetokenError, withoutUndefined } from '@foretoken/core';
import type { OutputConstraint } from '@foretoken/structured-output';
import { Inject, Injectable } from '@nestjs/common';
import type { ServerConfiguration } from '../configuration/server-configuration.js';
import type { RequestTenant, SpeculationSettings, TextEngine, TextEvent, TextRequest } from '../engine/text-engine.js';
import { type ApiError, invalidParameter, modelNotFound } from '../http/api-error.js';
import { mergeSources } from '../http/merge-sources.js';
import { CONFIGURATION, TEXT_ENGINE, TEXT_WORK } from '../lifecycle/injection-tokens.js';
import type { LateTextWork } from '../lifecycle/late-text-work.js';
import type { StringTask, TokensTask } from '../text-work/text-task.js';
import type { Asker } from '../threads/tenant-thread.js';
import type { GenerationParameters } from './generation-schema.js';
import { samplingSettings } from './sampling-settings.js';
import { speculationSettings } from './speculation-settings.js';

/** What a request asks of the engine: every prompt is answered `n` times. */
export interface GenerationPlan {
  readonly parameters: GenerationParameters;
  readonly tenant: RequestTenant;
  /** Shapes [n]. */
  readonly prompts: readonly Int32Array[];
  readonly maximumTokens: number | undefined;
  readonly constraint: OutputConstraint | undefined;
  readonly topLogprobs: number | undefined;
}

/** An event of one of a request's answers. Answers are numbered prompt by prompt. */
export interface AnswerEvent {
  readonly index: number;
  readonly value: TextEvent;
}

/** Turns requests into what the engine runs. */
@Injectable()
export class Generations {
  constructor(
    @Inject(TEXT_ENGINE) private readonly engine: TextEngine,
    @Inject(TEXT_WORK) private readonly work: LateTextWork,
    @Inject(CONFIGURATION) readonly configuration: ServerConfiguration,
  ) {}

  get text(): ModelText {
    return this.work.get().text;
  }

  /** Changes when the same request may give another answer: with the model and with what computes it. */
  get fingerprint(): string {
    const { model, device, executor, arithmetic, contextLength } = this.engine.description;
    const parts = JSON.stringify([model, device, executor, arithmetic, contextLength]);
    return `fp_${createHash('sha256').update(parts).digest('hex').slice(0, 12)}`;
  }

  get contextLength(): number {
    return this.engine.description.contextLength;
  }

  /** Names under which the model may be asked for, its own first. */
  get modelNames(): readonly string[] {
    return [...new Set([this.text.name, ...this.configuration.aliases])];
  }

  /**
   * The name that an answer carries: the one that was asked for, if it is one of those that the model is served under.
   *
   * @throws {ApiError} 404 for the name of another model.
   */
  checkModel(model: string | undefined): string {
    if (model === undefined || model === this.configuration.model) return this.text.name;
    if (this.configuration.anyModel || this.modelNames.includes(model)) return model;
    throw modelNotFound(model, this.modelNames);
  }

  /** Most tokens of a prompt: its answer needs room for one. */
  get maximumPromptTokens(): number {
    return this.contextLength - 1;
  }

  /**
   * Tokens of what a client sent, short texts at once and long ones in a thread.
   *
   * @param param - where the text came from
   * @throws {ApiError} 400 for more tokens than a prompt may have, where the task has that limit.
   */
  async tokens(task: TokensTask, param: string, asker: Asker): Promise<Int32Array> {
    try {
      return await this.work.get().perform(task, asker);
    } catch (error) {
      if (!(error instanceof ForetokenError) || error.code !== 'text-too-long') throw error;
      throw this.#tooLong(param, `${this.contextLength} tokens or more`);
    }
  }

  /** Text that tokens or a conversation stand for, in the same way. */
  string(task: StringTask, asker: Asker): Promise<string> {
    return this.work.get().perform(task, asker);
  }

  /** @throws {ApiError} 400 for tokens that are none, and for a prompt without tokens or with more than the context holds. */
  checkPrompt(prompt: Int32Array, param: string): void {
    const { vocabularySize } = this.engine.description;
    const stranger = prompt.find((token) => token >= vocabularySize);
    if (stranger !== undefined) {
      throw invalidParameter(
        param,
        `Token ${stranger} is not in the vocabulary; ids go from 0 to ${vocabularySize - 1}.`,
      );
    }
    if (prompt.length === 0) throw invalidParameter(param, 'The prompt has no tokens; give at least one.');
    if (prompt.length >= this.contextLength) {
      throw this.#tooLong(param, `${prompt.length} tokens`);
    }
  }

  #tooLong(param: string, tokens: string): ApiError {
    return invalidParameter(
      param,
      `This model's maximum context length is ${this.contextLength} tokens. However, your ${param} resulted in ${tokens}, and the answer needs room too. Please reduce the length of the ${param}.`,
      'context_length_exceeded',
    );
  }

  /**
   * Submits all answers and gives their events as they come; ends them all when it is left, when one fails and when the
   * signal aborts.
   *
   * @throws {ApiError} 400 for settings that can't be used, before anything is submitted.
   */
  async run(
    plan: GenerationPlan,
    id: string,
    signal: AbortSignal,
  ): Promise<AsyncGenerator<AnswerEvent, void, undefined>> {
    const requests = this.#requests(plan, id, await this.#speculation(plan, signal));
    const ending = new AbortController();
    const either = AbortSignal.any([signal, ending.signal]);
    const stop = (): void => ending.abort();
    try {
      return mergeSources(
        requests.map((request) => this.engine.submit(request, either)),
        stop,
      );
    } catch (error) {
      stop();
      throw error;
    }
  }

  /** A prediction of more tokens than a prompt may have could not be followed. */
  async #speculation({ parameters, tenant }: GenerationPlan, signal: AbortSignal): Promise<SpeculationSettings> {
    const { prediction: text, ...settings } = speculationSettings(parameters);
    if (text === undefined) return settings;
    const options = { specialTokens: false, maximumTokens: this.maximumPromptTokens };
    const asker = { tenant: tenant.name, signal };
    return { ...settings, prediction: await this.tokens({ kind: 'encode', text, options }, 'prediction', asker) };
  }

  #requests(plan: GenerationPlan, id: string, speculation: SpeculationSettings): readonly TextRequest[] {
    const { parameters, tenant, prompts, constraint, topLogprobs } = plan;
    const { n, seed } = parameters;
    const sampling = samplingSettings(parameters, this.engine.description.vocabularySize);
    const maximumTokens = plan.maximumTokens ?? this.configuration.requests.maxTokens;
    const shared = {
      tenant,
      ...withoutUndefined({ maximumTokens, constraint, topLogprobs }),
      stop: [parameters.stop ?? []].flat(),
      ignoreEndTokens: parameters.ignore_eos,
      speculation,
      deadline: this.configuration.requests.deadline,
      rounds: parameters.foretoken?.rounds === true,
    };
    const answers = prompts.flatMap((prompt) => Array.from({ length: n }, (_, choice) => ({ prompt, choice })));
    return answers.map(({ prompt, choice }, index) => ({
      ...shared,
      id: answers.length === 1 ? id : `${id}-${index}`,
      prompt,
      // The seeds of a request's answers differ, or n answers would be one answer n times.
      sampling: seed === undefined ? sampling : { ...sampling, seed: seed + choice },
    }));
  }
}

/** An id as OpenAI's API has them: what it is of, then letters and digits. */
export function objectId(kind: 'chatcmpl-' | 'cmpl-' | 'resp_' | 'msg_' | 'fc_'): string {
  return `${kind}${randomUUID().replaceAll('-', '')}`;
}

/** Now, in seconds. */
export function unixTime(): number {
  return Math.floor(Date.now() / 1000);
}
