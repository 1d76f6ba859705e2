import { Controller, Get, Inject, Param, Res } from '@nestjs/common';
import type { Response } from 'express';
import { Lifecycle } from '../lifecycle/lifecycle.js';
import { Generations, unixTime } from './generations.js';

/** `GET /v1/models` and `/v1/models/{id}`. */
@Controller('v1/models')
export class ModelsController {
  readonly #created = unixTime();

  constructor(
    @Inject(Generations) private readonly generations: Generations,
    @Inject(Lifecycle) private readonly lifecycle: Lifecycle,
  ) {}

  @Get()
  list(@Res() response: Response): void {
    this.lifecycle.admit(response);
    response.json({ object: 'list', data: this.generations.modelNames.map((name) => this.#model(name)) });
  }

  /** Ids of models from Hugging Face have a slash, which clients may send as it is or encoded. */
  @Get('*id')
  read(@Res() response: Response, @Param('id') id: string | readonly string[]): void {
    this.lifecycle.admit(response);
    response.json(this.#model(this.generations.checkModel([id].flat().join('/'))));
  }

  #model(id: string): object {
    const { contextLength, text } = this.generations;
    return {
      id,
      object: 'model',
      created: this.#created,
      owned_by: 'foretoken',
      max_model_len: contextLength,
      meta: { n_vocab: text.vocabularySize, n_ctx_train: text.contextLength },
    };
  }
}
