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
import { ChatFormat } from './chat-format.js';
import { chatPrompt } from './chat-prompt.js';
import { type ChatRequest, chatSchema } from './chat-schema.js';
import { deliver } from './delivery.js';
import { Generations, objectId, unixTime } from './generations.js';
import { readRequest } from './read-body.js';

/** `POST /v1/chat/completions`. */
@Controller('v1/chat/completions')
export class ChatController {
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
    const body = readRequest(chatSchema, request);
    const model = generations.checkModel(body.model);
    checkStreamOptions(body);
    const { text, configuration } = generations;
    const tenant = requestTenant(request, { ...configuration.security, salt: body.cache_salt });
    const prompt = await chatPrompt(body, generations, { tenant: tenant.name, signal, param: 'messages' });
    const events = await generations.run(
      {
        parameters: body,
        tenant,
        prompts: [prompt.tokens],
        maximumTokens: answerLimit(body),
        constraint: prompt.constraint?.constraint,
        topLogprobs: likeliest(body),
      },
      requestIdOf(request),
      signal,
    );
    const { fingerprint } = generations;
    const endTokens = body.ignore_eos ? new Set<number>() : text.tokenizer.endTokens;
    await deliver({
      events,
      answers: Array.from({ length: body.n }, () => new Answer({ prompt: 0, endTokens })),
      format: new ChatFormat({
        head: { id: objectId('chatcmpl-'), created: unixTime(), model, system_fingerprint: fingerprint },
        tokenizer: text.tokenizer,
        answers: body.n,
        logprobs: body.logprobs,
        includeUsage: body.stream_options?.include_usage === true,
        showRounds: body.foretoken?.rounds === true,
        parser: prompt.parser,
      }),
      response,
      signal,
      stream: body.stream,
      errors: { prompt: 'messages', constraint: prompt.constraint?.param },
      stallLimit: configuration.requests.deadline,
      onUnexpected: (error) => this.#logger.error({ err: error, reqId: requestIdOf(request) }, 'a stream failed'),
    });
  }
}

/** @throws {ApiError} 400 for `top_logprobs` without `logprobs`. */
function likeliest({ logprobs, top_logprobs: top }: ChatRequest): number | undefined {
  if (logprobs) return top ?? 0;
  if (top === undefined || top === 0) return undefined;
  throw invalidParameter('top_logprobs', "'top_logprobs' needs 'logprobs' to be true.");
}
