import { Controller, Inject, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { invalidParameter } from '../http/api-error.js';
import { requestTenant } from '../security/request-tenant.js';
import { answerLimit, checkStreamOptions } from './answer-limit.js';
import { Answering } from './answering.js';
import { ChatFormat } from './chat-format.js';
import { chatPrompt } from './chat-prompt.js';
import { type ChatRequest, chatSchema } from './chat-schema.js';
import { choiceOptions } from './choice-format.js';
import { objectId } from './generations.js';
import { readRequest } from './read-body.js';

/** `POST /v1/chat/completions`. */
@Controller('v1/chat/completions')
export class ChatController {
  constructor(@Inject(Answering) private readonly answering: Answering) {}

  @Post()
  create(@Req() request: Request, @Res() response: Response): Promise<void> {
    const { generations } = this.answering;
    return this.answering.answer(request, response, async (signal) => {
      const body = readRequest(chatSchema, request);
      const model = generations.checkModel(body.model);
      checkStreamOptions(body);
      const tenant = requestTenant(request, { ...generations.configuration.security, salt: body.cache_salt });
      const prompt = await chatPrompt(body, generations, { tenant: tenant.name, signal, param: 'messages' });
      return {
        parameters: body,
        tenant,
        prompts: [prompt.tokens],
        param: 'messages',
        maximumTokens: answerLimit(body),
        constraint: prompt.constraint,
        topLogprobs: likeliest(body),
        format: (answers) =>
          new ChatFormat({
            ...choiceOptions(body, generations, { id: objectId('chatcmpl-'), model, answers }),
            logprobs: body.logprobs,
            parser: prompt.parser,
          }),
      };
    });
  }
}

/** @throws {ApiError} 400 for `top_logprobs` without `logprobs`. */
function likeliest({ logprobs, top_logprobs: top }: ChatRequest): number | undefined {
  if (logprobs) return top ?? 0;
  if (top === undefined || top === 0) return undefined;
  throw invalidParameter('top_logprobs', "'top_logprobs' needs 'logprobs' to be true.");
}
