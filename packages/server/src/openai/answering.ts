import { Inject, Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Logger } from 'pino';
import { LOGGER } from '../lifecycle/injection-tokens.js';
import { Lifecycle } from '../lifecycle/lifecycle.js';
import { requestIdOf } from '../logging/request-id.js';
import { type AnswerFormat, type DeliverOptions, deliver } from './delivery.js';
import { type GenerationPlan, Generations } from './generations.js';
import type { AskedConstraint } from './output-constraint.js';

/** What a request for answers comes to. */
export interface AskedAnswers extends Omit<GenerationPlan, 'constraint'> {
  readonly constraint: AskedConstraint | undefined;
  /** The parameter that the prompts came from. */
  readonly param: NonNullable<DeliverOptions['errors']['prompt']>;
  /** Writes the answers, of which there are `n` to each prompt. */
  readonly format: (answers: number) => AnswerFormat;
}

/** Answers requests of any endpoint: admits them, has the engine generate, and sends what comes. */
@Injectable()
export class Answering {
  constructor(
    @Inject(Generations) readonly generations: Generations,
    @Inject(Lifecycle) private readonly lifecycle: Lifecycle,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /**
   * Reads what is asked with `read`, whose signal is aborted when the request ends, and answers it.
   *
   * @throws {ApiError} what kept the answers from being made.
   */
  async answer(
    request: Request,
    response: Response,
    read: (signal: AbortSignal) => Promise<AskedAnswers>,
  ): Promise<void> {
    const signal = this.lifecycle.admit(response);
    const { constraint, param, format, ...plan } = await read(signal);
    const { text, configuration } = this.generations;
    const { n, stream, ignore_eos: ignoresEnd } = plan.parameters;
    const id = requestIdOf(request);
    const events = await this.generations.run({ ...plan, constraint: constraint?.constraint }, id, signal);
    const endTokens = ignoresEnd ? new Set<number>() : text.tokenizer.endTokens;
    const answers = n * plan.prompts.length;
    await deliver({
      events,
      answers,
      answersToEach: n,
      endTokens,
      format: format(answers),
      response,
      signal,
      stream,
      errors: { prompt: param, constraint: constraint?.param },
      stallLimit: configuration.requests.deadline,
      onUnexpected: (error) => this.logger.error({ err: error, reqId: id }, 'a stream failed'),
    });
  }
}
