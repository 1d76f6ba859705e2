import { Controller, Get, Inject, Res } from '@nestjs/common';
import type { Response } from 'express';
import type { TextEngine } from '../engine/text-engine.js';
import { TEXT_ENGINE } from '../lifecycle/injection-tokens.js';
import { Lifecycle } from '../lifecycle/lifecycle.js';
import { Generations } from './generations.js';
import { serverProperties } from './server-properties.js';

/** `GET /health`, `/ready` and `/props`. */
@Controller()
export class StatusController {
  constructor(
    @Inject(Generations) private readonly generations: Generations,
    @Inject(Lifecycle) private readonly lifecycle: Lifecycle,
    @Inject(TEXT_ENGINE) private readonly engine: TextEngine,
  ) {}

  /** Whether the server is well: 503 while the model loads and when nothing will make it work again. */
  @Get('health')
  health(@Res() response: Response): void {
    const refusal = this.lifecycle.unhealthy();
    if (refusal !== undefined) throw refusal;
    response.json({ status: 'ok' });
  }

  /** Whether requests should be sent here: 503 also while an engine restarts and while the server closes. */
  @Get('ready')
  ready(@Res() response: Response): void {
    const refusal = this.lifecycle.unready();
    if (refusal !== undefined) throw refusal;
    response.json({ status: 'ready' });
  }

  @Get('props')
  properties(@Res() response: Response): void {
    this.lifecycle.admit(response);
    response.json(serverProperties(this.generations, this.engine));
  }
}
