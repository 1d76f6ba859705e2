import { Controller, Inject, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Logger } from 'pino';
import { invalidParameter } from '../http/api-error.js';
import { LOGGER } from '../lifecycle/injection-tokens.js';
import { Lifecycle } from '../lifecycle/lifecycle.js';
import { requestIdOf } from '../logging/request-id.js';
import { requestTenant } from '../security/request-tenant.js';
import { Answer } from './answer.js';
import { answerLimit, checkStreamOptions } from './answer-limit.js';
import { CompletionFormat } from './completion-format.js';
import { completionPrompts, promptTokens } from './completion-prompts.js';
import { completionSchema } from './completion-schema.js';
import { deliver } from './delivery.js';
import { Generations, objectId, unixTime } from './generations.js';
import { DEFAULT_COMPLETION_TOKENS, MAX_ANSWERS } from './limits.js';
import { outputConstraint } from './output-constraint.js';
import { readRequest } from './read-body.js';

/** `POST /v1/completions`. */
@Controller('v1/completions')
export class CompletionsController {
  readonly #generations: Generations;
  readonly #lifecycle: Lifecycle;
  readonly #logger: Logger;

  constructor(
    @Inject(Generations) generations: Generations,
    @Inject(Lifecycle) lifecycle: Lifecycle,
    @Inject(LOGGER) logger: Logger,
  ) {
    this.#generations = generations;
    this.#lifecycle = lifecycle;
    this.#logger = logger;
  }

  @Post()
  async create(@Req() request: Request, @Res() response: Response): Promise<void> {
    const signal = this.#lifecycle.admit(response);
    const generations = this.#generations;
    const body = readRequest(completionSchema, request);
    const model = generations.checkModel(body.model);
    checkStreamOptions(body);
    const { text, configuration } = generations;
    const given = completionPrompts(body.prompt);
    const answers = given.length * body.n;
    if (answers > MAX_ANSWERS) {
      throw invalidParameter(
        'n',
        `${given.length} prompts times n = ${body.n} are ${answers} answers; at most ${MAX_ANSWERS} are possible.`,
      );
    }
    const asked = outputConstraint(body);
    const tenant = requestTenant(request, { ...configuration.security, salt: body.cache_salt });
    const prompts = await promptTokens(given, generations, { tenant: tenant.name, signal });
    const events = await generations.run(
      {
        parameters: body,
        tenant,
        prompts,
        maximumTokens: answerLimit(body, configuration.requests.maxTokens ?? DEFAULT_COMPLETION_TOKENS),
        constraint: asked?.constraint,
        topLogprobs: body.logprobs,
      },
      requestIdOf(request),
      signal,
    );
    const { fingerprint } = generations;
    const endTokens = body.ignore_eos ? new Set<number>() : text.tokenizer.endTokens;
    await deliver({
      events,
      answers: Array.from(
        { length: answers },
        (_, index) => new Answer({ prompt: Math.floor(index / body.n), endTokens }),
      ),
      format: new CompletionFormat({
        head: { id: objectId('cmpl-'), created: unixTime(), model, system_fingerprint: fingerprint },
        tokenizer: text.tokenizer,
        answers,
        logprobs: body.logprobs,
        includeUsage: body.stream_options?.include_usage === true,
        showRounds: body.foretoken?.rounds === true,
      }),
      response,
      signal,
      stream: body.stream,
      errors: { prompt: 'prompt', constraint: asked?.param },
      stallLimit: configuration.requests.deadline,
      onUnexpected: (error) => this.#logger.error({ err: error, reqId: requestIdOf(request) }, 'a stream failed'),
    });
  }
}
