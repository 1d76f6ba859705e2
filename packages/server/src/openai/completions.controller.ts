import { Controller, Inject, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { invalidParameter } from '../http/api-error.js';
import { requestTenant } from '../security/request-tenant.js';
import { answerLimit, checkStreamOptions } from './answer-limit.js';
import { Answering } from './answering.js';
import { choiceOptions } from './choice-format.js';
import { CompletionFormat } from './completion-format.js';
import { completionPrompts, promptTokens } from './completion-prompts.js';
import { completionSchema } from './completion-schema.js';
import { objectId } from './generations.js';
import { DEFAULT_COMPLETION_TOKENS, MAX_ANSWERS } from './limits.js';
import { outputConstraint } from './output-constraint.js';
import { readRequest } from './read-body.js';

/** `POST /v1/completions`. */
@Controller('v1/completions')
export class CompletionsController {
  constructor(@Inject(Answering) private readonly answering: Answering) {}

  @Post()
  create(@Req() request: Request, @Res() response: Response): Promise<void> {
    const { generations } = this.answering;
    return this.answering.answer(request, response, async (signal) => {
      const body = readRequest(completionSchema, request);
      const model = generations.checkModel(body.model);
      checkStreamOptions(body);
      const { configuration } = generations;
      const given = completionPrompts(body.prompt);
      const wanted = given.length * body.n;
      if (wanted > MAX_ANSWERS) {
        throw invalidParameter(
          'n',
          `${given.length} prompts times n = ${body.n} are ${wanted} answers; at most ${MAX_ANSWERS} are possible.`,
        );
      }
      const constraint = outputConstraint(body);
      const tenant = requestTenant(request, { ...configuration.security, salt: body.cache_salt });
      return {
        parameters: body,
        tenant,
        prompts: await promptTokens(given, generations, { tenant: tenant.name, signal }),
        param: 'prompt',
        maximumTokens: answerLimit(body, configuration.requests.maxTokens ?? DEFAULT_COMPLETION_TOKENS),
        constraint,
        topLogprobs: body.logprobs,
        format: (answers) =>
          new CompletionFormat({
            ...choiceOptions(body, generations, { id: objectId('cmpl-'), model, answers }),
            logprobs: body.logprobs,
          }),
      };
    });
  }
}
