import { Controller, Inject, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Logger } from 'pino';
import { LOGGER } from '../../lifecycle/injection-tokens.js';
import { Lifecycle } from '../../lifecycle/lifecycle.js';
import { requestIdOf } from '../../logging/request-id.js';
import { requestTenant } from '../../security/request-tenant.js';
import { InvalidToolsError } from '../../tools/index.js';
import { Answer } from '../answer.js';
import { answerLimit } from '../answer-limit.js';
import { chatPrompt } from '../chat-prompt.js';
import { deliver } from '../delivery.js';
import { Generations, objectId, unixTime } from '../generations.js';
import { readRequest } from '../read-body.js';
import { chatRequest } from './chat-request.js';
import { ResponsesFormat } from './responses-format.js';
import { responsesSchema } from './responses-schema.js';
import { UNSUPPORTED_IN_RESPONSES } from './unsupported.js';

/** `POST /v1/responses`, the part that stores nothing. */
@Controller('v1/responses')
export class ResponsesController {
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
    const body = readRequest(responsesSchema, request, UNSUPPORTED_IN_RESPONSES);
    const model = generations.checkModel(body.model);
    const { text, configuration } = generations;
    const chat = chatRequest(body);
    const tenant = requestTenant(request, { ...configuration.security, salt: chat.cache_salt });
    const prompt = await chatPrompt(chat, generations, { tenant: tenant.name, signal, param: 'input' }).catch(
      (error: unknown) => {
        // Here a function is described beside its type, not below it.
        if (!(error instanceof InvalidToolsError)) throw error;
        throw new InvalidToolsError(error.parameter.replace('].function', ']'), error.message);
      },
    );
    const events = await generations.run(
      {
        parameters: chat,
        tenant,
        prompts: [prompt.tokens],
        maximumTokens: answerLimit(chat),
        constraint: prompt.constraint?.constraint,
        topLogprobs: chat.logprobs ? (chat.top_logprobs ?? 0) : undefined,
      },
      requestIdOf(request),
      signal,
    );
    const constraint = prompt.constraint?.param === 'response_format' ? 'text.format' : prompt.constraint?.param;
    await deliver({
      events,
      answers: [new Answer({ prompt: 0, endTokens: text.tokenizer.endTokens })],
      format: new ResponsesFormat({
        id: objectId('resp_'),
        created: unixTime(),
        model,
        request: body,
        tokenizer: text.tokenizer,
        logprobs: chat.logprobs,
        parser: prompt.parser,
      }),
      response,
      signal,
      stream: body.stream,
      errors: { prompt: 'input', constraint },
      stallLimit: configuration.requests.deadline,
      onUnexpected: (error) => this.#logger.error({ err: error, reqId: requestIdOf(request) }, 'a stream failed'),
    });
  }
}
