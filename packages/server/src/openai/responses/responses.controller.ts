import { Controller, Inject, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { requestTenant } from '../../security/request-tenant.js';
import { answerLimit } from '../answer-limit.js';
import { Answering } from '../answering.js';
import { chatPrompt } from '../chat-prompt.js';
import { objectId, unixTime } from '../generations.js';
import { readRequest } from '../read-body.js';
import { chatRequest } from './chat-request.js';
import { refuseTools } from './refuse-tools.js';
import { ResponsesFormat } from './responses-format.js';
import { responsesSchema } from './responses-schema.js';
import { UNSUPPORTED_IN_RESPONSES } from './unsupported.js';

/** `POST /v1/responses`, the part that stores nothing. */
@Controller('v1/responses')
export class ResponsesController {
  constructor(@Inject(Answering) private readonly answering: Answering) {}

  @Post()
  create(@Req() request: Request, @Res() response: Response): Promise<void> {
    const { generations } = this.answering;
    return this.answering.answer(request, response, async (signal) => {
      const body = readRequest(responsesSchema, request, UNSUPPORTED_IN_RESPONSES);
      const model = generations.checkModel(body.model);
      const { text, configuration } = generations;
      const chat = chatRequest(body);
      const tenant = requestTenant(request, { ...configuration.security, salt: chat.cache_salt });
      const place = { tenant: tenant.name, signal, param: 'input' };
      const { tokens, constraint, parser } = await chatPrompt(chat, generations, place).catch(refuseTools);
      return {
        parameters: chat,
        tenant,
        prompts: [tokens],
        param: 'input',
        maximumTokens: answerLimit(chat),
        constraint: constraint && {
          ...constraint,
          param: constraint.param === 'response_format' ? 'text.format' : constraint.param,
        },
        topLogprobs: chat.logprobs ? (chat.top_logprobs ?? 0) : undefined,
        format: () =>
          new ResponsesFormat({
            id: objectId('resp_'),
            created: unixTime(),
            model,
            request: body,
            tokenizer: text.tokenizer,
            logprobs: chat.logprobs,
            parser,
          }),
      };
    });
  }
}
