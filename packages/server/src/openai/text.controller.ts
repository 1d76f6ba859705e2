import type { Tokenizer } from '@foretoken/core/text';
import { Controller, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { invalidParameter } from '../http/api-error.js';
import { Lifecycle } from '../lifecycle/lifecycle.js';
import { apiKeyNameOf } from '../security/api-keys.js';
import type { Asker } from '../threads/tenant-thread.js';
import { chatText } from './chat-prompt.js';
import { Generations } from './generations.js';
import { readRequest } from './read-body.js';
import { applyTemplateSchema, detokenizeSchema, tokenizeSchema } from './text-schemas.js';

/** `POST /tokenize`, `/detokenize` and `/apply-template`: the model's text side by itself. */
@Controller()
export class TextController {
  constructor(
    @Inject(Generations) private readonly generations: Generations,
    @Inject(Lifecycle) private readonly lifecycle: Lifecycle,
  ) {}

  @Post('tokenize')
  @HttpCode(200)
  async tokenize(@Req() request: Request, @Res() response: Response): Promise<void> {
    const signal = this.lifecycle.admit(response);
    const body = readRequest(tokenizeSchema, request);
    this.generations.checkModel(body.model);
    const { contextLength, text } = this.generations;
    const { tokenizer } = text;
    const options = {
      specialTokens: body.parse_special,
      addBos: body.add_special && tokenizer.addsBos,
      maximumTokens: contextLength,
    };
    const param = body.content === undefined ? 'prompt' : 'content';
    const task = { kind: 'encode', text: body.content ?? body.prompt ?? '', options } as const;
    const tokens = await this.generations.tokens(task, param, asker(request, signal));
    response.json({
      tokens: body.with_pieces ? [...tokens].map((id) => ({ id, piece: piece(id, tokenizer) })) : [...tokens],
      count: tokens.length,
      max_model_len: contextLength,
    });
  }

  @Post('detokenize')
  @HttpCode(200)
  async detokenize(@Req() request: Request, @Res() response: Response): Promise<void> {
    const signal = this.lifecycle.admit(response);
    const body = readRequest(detokenizeSchema, request);
    this.generations.checkModel(body.model);
    const { tokenizer } = this.generations.text;
    const at = body.tokens.findIndex((token) => token >= tokenizer.vocabularySize);
    if (at >= 0) {
      throw invalidParameter(
        `tokens[${at}]`,
        `Token ${body.tokens[at]} is not in the vocabulary; ids go from 0 to ${tokenizer.vocabularySize - 1}.`,
      );
    }
    const task = { kind: 'decode', tokens: body.tokens } as const;
    const content = await this.generations.string(task, asker(request, signal));
    response.json({ content, prompt: content });
  }

  @Post('apply-template')
  @HttpCode(200)
  async applyTemplate(@Req() request: Request, @Res() response: Response): Promise<void> {
    const signal = this.lifecycle.admit(response);
    const body = readRequest(applyTemplateSchema, request);
    this.generations.checkModel(body.model);
    response.json({ prompt: await chatText(body, this.generations, asker(request, signal)) });
  }
}

function asker(request: Request, signal: AbortSignal): Asker {
  return { tenant: apiKeyNameOf(request) ?? '', signal };
}

/** Text of a token, or its bytes where they are no whole characters, as llama-server gives them. */
function piece(token: number, tokenizer: Tokenizer): string | readonly number[] {
  const bytes = tokenizer.tokenBytes(token);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return [...bytes];
  }
}
